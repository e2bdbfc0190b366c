#include "operator/reconcilers/image_report_reconciler.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/failpoint.h"
#include "operator/failpoints.h"
#include "operator/reconcilers/field_owner.h"
#include "operator/reconcilers/report_building.h"

namespace pratique_operator::reconcilers {

namespace {
constexpr const char* kRematchesTotal = "pratique_rematches_total";
constexpr const char* kAdvisoryToVerdict = "pratique_advisory_to_verdict_seconds";
}  // namespace

ImageReportReconciler::ImageReportReconciler(const kubernetes::Store<crds::ImageReport>& reports,
                                             kubernetes::ApiClient& api, AdvisoryMatching& matching,
                                             const base::Clock& clock, net::Metrics& metrics)
    : reports_(reports), api_(api), matching_(matching), clock_(clock), metrics_(metrics) {
  metrics_.describe(kRematchesTotal, "Reports matched with another database generation, by whether that changed them.");
  metrics_.describe(kAdvisoryToVerdict,
                    "From the activation of a database generation to the writing of a report that it changed.");
}

controller::Result ImageReportReconciler::reconcile(const kubernetes::ObjectKey& key, std::stop_token /*stop*/) {
  const auto report = reports_.get(key);
  const std::optional<std::uint64_t> generation = matching_.generation();
  if (!report || !generation || report->spec.database_generation == static_cast<std::int64_t>(*generation)) {
    return {};
  }
  const std::optional<crds::ImageReport> next = matched_anew(*report);
  metrics_.add(kRematchesTotal, {{"result", next ? "changed" : "unchanged"}});
  if (next) {
    api_.apply(crds::kImageReport, *next, {.field_manager = kFieldOwner, .subresource = {}});
    base::failpoint(kReportRematched);
    const std::chrono::duration<double> took = clock_.steady_now() - matching_.active_since();
    metrics_.observe(kAdvisoryToVerdict, {}, took.count());
  }
  return {};
}

// Most advisories are about a few images: the others are known by their fingerprints to have the same rows still.
std::optional<crds::ImageReport> ImageReportReconciler::matched_anew(const crds::ImageReport& report) {
  const scanner::Inventory inventory = inventory_of(report.spec);
  const std::optional<Matched> known = matching_.fingerprint(inventory);
  if (!known || known->fingerprint == report.spec.match_fingerprint) {
    return std::nullopt;
  }
  const std::optional<Matched> matched = matching_.match(inventory);
  if (!matched) {
    return std::nullopt;
  }
  crds::ImageReport next = matched_again(report, inventory, *matched);
  return next.spec.content_hash != report.spec.content_hash ? std::optional(std::move(next)) : std::nullopt;
}

std::vector<kubernetes::ObjectKey> worst_first(const kubernetes::Store<crds::ImageReport>& reports) {
  struct Weighed {
    std::tuple<std::int64_t, std::int64_t> badness;
    kubernetes::ObjectKey key;
  };
  std::vector<Weighed> weighed;
  reports.for_each([&](const kubernetes::ObjectKey& key, const crds::ImageReport& report) {
    weighed.push_back({{report.spec.counts.critical, report.spec.counts.high}, key});
  });
  std::ranges::stable_sort(weighed, std::ranges::greater{}, &Weighed::badness);
  std::vector<kubernetes::ObjectKey> keys;
  for (Weighed& one : weighed) {
    keys.push_back(std::move(one.key));
  }
  return keys;
}

}  // namespace pratique_operator::reconcilers

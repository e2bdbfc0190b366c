#include "operator/reconcilers/image_report_reconciler.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

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
  const scanner::Inventory inventory = inventory_of(report->spec);
  const crds::ImageReport next = build_report(inventory, matching_.match(inventory));
  const bool changed = next.spec.content_hash != report->spec.content_hash;
  metrics_.add(kRematchesTotal, {{"result", changed ? "changed" : "unchanged"}});
  if (changed) {
    api_.apply(crds::kImageReport, next, {.field_manager = kFieldOwner, .subresource = {}});
    const std::chrono::duration<double> took = clock_.steady_now() - matching_.active_since();
    metrics_.observe(kAdvisoryToVerdict, {}, took.count());
  }
  return {};
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

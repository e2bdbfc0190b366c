#include "operator/reconcilers/finding_metrics.h"

#include <algorithm>
#include <numeric>

namespace pratique_operator::reconcilers {
namespace {

constexpr const char* kOpen = "pratique_findings_open";
constexpr const char* kTimeToFix = "pratique_finding_time_to_fix_seconds";
constexpr const char* kPushToFindings = "pratique_push_to_findings_seconds";
constexpr std::size_t kNamespacesMax = 200;
constexpr const char* kOtherNamespaces = "(others)";  // no namespace can be called so
constexpr double kHour = 3600;
constexpr double kDay = 24 * kHour;
// A database that lags behind its feeds by hours is the rule, and people's work takes days.
const std::vector<double> kDaysBounds = {kHour,    6 * kHour, kDay,      2 * kDay,  4 * kDay,
                                         7 * kDay, 14 * kDay, 30 * kDay, 90 * kDay, 365 * kDay};

double seconds_between(base::SystemTime from, base::SystemTime to) {
  return std::max(0.0, std::chrono::duration<double>(to - from).count());
}

}  // namespace

FindingMetrics::FindingMetrics(net::Metrics& metrics, base::SystemTime started) : metrics_(metrics), started_(started) {
  metrics_.describe(kOpen, "Open findings that have a row, by severity and namespace.");
  metrics_.describe_histogram(kTimeToFix, "From the first sight of a finding in a namespace to its last, by severity.",
                              kDaysBounds);
  metrics_.describe(kPushToFindings, "From a registry's event, or a person's request, to the rows of that image.");
}

void FindingMetrics::note_open(const std::string& ns, const std::vector<crds::Finding>& rows,
                               const std::vector<KnownRow>& kept) {
  CountsBySeverity counts{};
  for (const KnownRow& row : kept) {
    counts.at(static_cast<std::size_t>(row.severity)) += row.state == crds::FindingState::kOpen ? 1 : 0;
  }
  for (const crds::Finding& row : rows) {
    if (row.status && row.status->state == crds::FindingState::kOpen) {
      ++counts.at(static_cast<std::size_t>(row.spec.severity));
    }
  }
  open_.with([&](auto& open) {
    if (counts == CountsBySeverity{}) {
      open.erase(ns);
    } else {
      open[ns] = counts;
    }
    publish(open);
  });
}

void FindingMetrics::publish(const std::map<std::string, CountsBySeverity>& counts) {
  const auto total = [](const CountsBySeverity& one) {
    return std::accumulate(one.begin(), one.end(), std::int64_t{0});
  };
  std::vector<std::pair<std::string, CountsBySeverity>> largest(counts.begin(), counts.end());
  std::ranges::stable_sort(largest, std::ranges::greater(), [&](const auto& entry) { return total(entry.second); });
  if (largest.size() > kNamespacesMax) {
    CountsBySeverity others{};
    for (auto entry = largest.begin() + kNamespacesMax; entry != largest.end(); ++entry) {
      std::ranges::transform(others, entry->second, others.begin(), std::plus());
    }
    largest.resize(kNamespacesMax);
    largest.emplace_back(kOtherNamespaces, others);
  }
  std::vector<std::pair<net::MetricLabels, double>> samples;
  for (const auto& [ns, by_severity] : largest) {
    for (std::size_t severity = 0; severity < by_severity.size(); ++severity) {
      if (by_severity.at(severity) == 0) continue;
      const auto name = crds::severity_name(static_cast<crds::Severity>(severity));
      samples.push_back(
          {{{"namespace", ns}, {"severity", std::string(name)}}, static_cast<double>(by_severity.at(severity))});
    }
  }
  metrics_.replace(kOpen, samples);
}

void FindingMetrics::note_fixed(const KnownRow& row, base::SystemTime now) {
  const std::optional<base::SystemTime> first_seen = base::parse_rfc3339(row.first_seen);
  if (row.state != crds::FindingState::kOpen || !first_seen) return;
  metrics_.observe(kTimeToFix, {{"severity", std::string(crds::severity_name(row.severity))}},
                   seconds_between(*first_seen, now));
}

void FindingMetrics::note_written(const std::string& ns, const Requests& requests, base::SystemTime now) {
  counted_.with([&](auto& counted) {
    Requests& before = counted[ns];
    Requests after;
    for (const auto& [scan, request] : requests) {
      const std::optional<base::SystemTime> asked = base::parse_rfc3339(request);
      if (!asked || *asked < started_) continue;
      const auto known = before.find(scan);
      if (known == before.end() || known->second != request) {
        metrics_.observe(kPushToFindings, {}, seconds_between(*asked, now));
      }
      after[scan] = request;
    }
    before = std::move(after);
    if (before.empty()) counted.erase(ns);
  });
}

}  // namespace pratique_operator::reconcilers

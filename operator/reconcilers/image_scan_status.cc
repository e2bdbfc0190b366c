#include "operator/reconcilers/image_scan_status.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

namespace pratique_operator::reconcilers {
namespace {

using crds::ImageScanStatus;
using crds::ReportRow;
using crds::Severity;

constexpr std::size_t kWorstMax = 10;
constexpr std::size_t kFixPlanMax = 5;
constexpr std::size_t kWarningsNamed = 3;
constexpr std::array<std::string_view, 7> kConditionTypes = {crds::kResolved,     crds::kScanned,     crds::kComplete,
                                                             crds::kPolicyPassed, crds::kDigestDrift, crds::kReady,
                                                             crds::kStalled};

struct Said {
  std::string_view type;
  std::string_view status;
  std::string reason;
  std::string message;
};

void say(ImageScanStatus& status, const Said& said, base::SystemTime now) {
  kubernetes::set_condition(status.conditions,
                            {.type = std::string(said.type),
                             .status = std::string(said.status),
                             .reason = said.reason,
                             .message = said.message,
                             .last_transition_time = {},
                             .observed_generation = status.observed_generation},
                            base::format_rfc3339(now));
}

void forget_scan(ImageScanStatus& status) {
  status.platforms.clear();
  status.counts.reset();
  status.worst.clear();
  status.complete.reset();
  status.coverage.reset();
  status.distribution = {};
  status.packages.reset();
  status.bytes_fetched.reset();
  status.duration.clear();
  status.database_generation.reset();
  status.last_scan_time.clear();
  status.fix_plan.clear();
}

// Ready follows from the others, so that it can't contradict them.
void summarise(ImageScanStatus& status, base::SystemTime now) {
  for (const std::string_view type : {crds::kResolved, crds::kScanned}) {
    const kubernetes::Condition* condition = kubernetes::find_condition(status.conditions, type);
    if (condition->status != "True") {
      return say(status, {crds::kReady, condition->status, condition->reason, condition->message}, now);
    }
  }
  const kubernetes::Condition* scanned = kubernetes::find_condition(status.conditions, crds::kScanned);
  const bool complete = status.complete.value_or(false);
  say(status, {crds::kReady, "True", complete ? "Scanned" : "ScannedIncompletely", scanned->message}, now);
}

// One vulnerability of one package counts once, on however many platforms it is.
using RowIdentity = std::tuple<std::string_view, std::string_view, std::string_view>;

struct Counted {
  const ReportRow* row;
  bool excepted;
};

std::vector<Counted> distinct_rows(const ScanResult& result) {
  std::map<RowIdentity, std::size_t> places;
  std::vector<Counted> rows;
  for (const PlatformResult& platform : result.platforms) {
    for (const ReportRow& row : platform.rows) {
      const bool excepted = result.excepted && result.excepted(row, platform.platform.digest);
      const auto [place, is_new] = places.try_emplace({row.id, row.package_type, row.package}, rows.size());
      if (is_new) {
        rows.push_back({&row, excepted});
      } else {
        Counted& known = rows[place->second];
        known.excepted = known.excepted && excepted;
        known.row = row.severity > known.row->severity ? &row : known.row;
      }
    }
  }
  std::ranges::stable_sort(rows, [](const Counted& left, const Counted& right) {
    const auto rank = [](const Counted& counted) {
      return std::tuple(!counted.excepted, counted.row->severity, counted.row->exploited(),
                        !counted.row->fixed.empty());
    };
    return rank(left) > rank(right);
  });
  return rows;
}

crds::SeverityCounts count(const std::vector<Counted>& rows) {
  crds::SeverityCounts counts;
  for (const auto& [row, excepted] : rows) {
    if (excepted) {
      ++counts.excepted;
      continue;
    }
    switch (row->severity) {
      case Severity::kCritical:
        ++counts.critical;
        break;
      case Severity::kHigh:
        ++counts.high;
        break;
      case Severity::kMedium:
        ++counts.medium;
        break;
      case Severity::kLow:
        ++counts.low;
        break;
      case Severity::kUnknown:
        ++counts.unknown;
        break;
    }
    counts.fixable += row->fixed.empty() ? 0 : 1;
    counts.exploited += row->exploited() ? 1 : 0;
  }
  return counts;
}

std::vector<crds::WorstFinding> worst_of(const std::vector<Counted>& rows) {
  std::vector<crds::WorstFinding> worst;
  for (const auto& [row, excepted] : rows) {
    if (worst.size() == kWorstMax || excepted) {
      break;
    }
    worst.push_back({.id = row->id,
                     .severity = row->severity,
                     .package = row->package,
                     .installed = row->installed,
                     .fixed = row->fixed});
  }
  return worst;
}

// Upgrades to a version that some rows name as their fix; `clears` counts just those rows.
std::vector<crds::Upgrade> plan_fixes(const std::vector<Counted>& rows) {
  struct Weighed {
    Severity worst = Severity::kUnknown;
    crds::Upgrade upgrade;
  };
  std::map<std::tuple<std::string, std::string, std::string>, Weighed> upgrades;
  for (const auto& [row, excepted] : rows) {
    if (excepted || row->fixed.empty()) {
      continue;
    }
    Weighed& weighed = upgrades[{row->package, row->installed, row->fixed}];
    weighed.worst = std::max(weighed.worst, row->severity);
    weighed.upgrade = {row->package, row->installed, row->fixed, weighed.upgrade.clears + 1};
  }
  std::vector<Weighed> sorted;
  for (const auto& [key, weighed] : upgrades) {
    sorted.push_back(weighed);
  }
  std::ranges::stable_sort(sorted, [](const Weighed& left, const Weighed& right) {
    return std::tuple(left.worst, left.upgrade.clears) > std::tuple(right.worst, right.upgrade.clears);
  });
  std::vector<crds::Upgrade> plan;
  for (std::size_t i = 0; i < std::min(kFixPlanMax, sorted.size()); ++i) {
    plan.push_back(sorted[i].upgrade);
  }
  return plan;
}

std::string summary(const crds::SeverityCounts& counts) {
  return std::to_string(counts.critical) + " critical, " + std::to_string(counts.high) + " high, " +
         std::to_string(counts.medium) + " medium, " + std::to_string(counts.low) + " low, " +
         std::to_string(counts.unknown) + " of unknown severity; " + std::to_string(counts.fixable) + " fixable";
}

// Not known where that of one platform is not.
std::optional<std::int64_t> lowest_coverage(const ScanResult& result) {
  std::optional<std::int64_t> lowest;
  for (const PlatformResult& platform : result.platforms) {
    if (!platform.coverage) return std::nullopt;
    lowest = std::min(lowest.value_or(*platform.coverage), *platform.coverage);
  }
  return lowest;
}

void say_completeness(ImageScanStatus& status, const ScanResult& result, base::SystemTime now) {
  std::set<std::string> warnings;
  bool complete = true;
  for (const PlatformResult& platform : result.platforms) {
    complete = complete && platform.complete;
    warnings.insert(platform.warnings.begin(), platform.warnings.end());
  }
  status.complete = complete;
  if (complete) {
    return say(status, {crds::kComplete, "True", "Complete", "everything that can hold packages was read"}, now);
  }
  std::string message = "not looked at: ";
  std::size_t named = 0;
  for (const std::string& warning : warnings) {
    if (named == kWarningsNamed) {
      message += " and more; see the ImageReport";
      break;
    }
    message += (named++ == 0 ? "" : "; ") + warning;
  }
  say(status, {crds::kComplete, "False", "Incomplete", message}, now);
}

std::string by_mirrors(const Resolution& resolution) {
  std::string text;
  if (!resolution.told_by.empty()) text += ", as its mirror " + resolution.told_by + " says";
  if (!resolution.read_in.empty() && resolution.read_in != resolution.told_by)
    text += ", read in its mirror " + resolution.read_in;
  return text;
}

}  // namespace

ImageScanStatus begin_status(const crds::ImageScan& scan, base::SystemTime now) {
  ImageScanStatus status = scan.status;
  status.observed_generation = scan.metadata.generation.value_or(0);
  for (const std::string_view type : kConditionTypes) {
    if (kubernetes::find_condition(status.conditions, type) == nullptr) {
      say(status, {type, "Unknown", "Pending", "not looked at yet"}, now);
    }
  }
  for (kubernetes::Condition& condition : status.conditions) {
    condition.observed_generation = status.observed_generation;
  }
  return status;
}

void set_resolved(ImageScanStatus& status, const Resolution& resolution, base::SystemTime now) {
  if (status.digest != resolution.digest || status.image != resolution.image) {
    forget_scan(status);
    say(status, {crds::kScanned, "Unknown", "Pending", "waits for a scan"}, now);
    say(status, {crds::kComplete, "Unknown", "Pending", "waits for a scan"}, now);
    say(status, {crds::kPolicyPassed, "Unknown", "Pending", "waits for a scan"}, now);
  }
  status.image = resolution.image;
  status.digest = resolution.digest;
  status.platforms = resolution.platforms;
  status.resolved_at = base::format_rfc3339(now);
  say(status,
      {crds::kResolved, "True", "Resolved", resolution.image + " is " + resolution.digest + by_mirrors(resolution)},
      now);
  say(status, {crds::kStalled, "False", "Progressing", ""}, now);
  summarise(status, now);
}

void set_scanning(ImageScanStatus& status, const std::string& message, base::SystemTime now) {
  say(status, {crds::kScanned, "Unknown", "Scanning", message}, now);
  say(status, {crds::kStalled, "False", "Progressing", ""}, now);
  summarise(status, now);
}

void set_scanned(ImageScanStatus& status, const ScanResult& result, base::SystemTime now) {
  const std::vector<Counted> rows = distinct_rows(result);
  status.counts = count(rows);
  status.worst = worst_of(rows);
  status.fix_plan = plan_fixes(rows);
  status.packages = 0;
  status.coverage = lowest_coverage(result);
  status.platforms.clear();
  std::optional<std::int64_t> generation;
  for (const PlatformResult& platform : result.platforms) {
    status.platforms.push_back(platform.platform);
    status.packages = *status.packages + platform.packages;
    // The oldest counts: the image is as fresh as its stalest platform.
    if (platform.database_generation && (!generation || *platform.database_generation < *generation)) {
      generation = platform.database_generation;
    }
  }
  status.distribution = result.platforms.empty() ? crds::ImageDistribution{} : result.platforms.front().distribution;
  const bool rescanned = status.database_generation != generation || status.last_scan_time.empty();
  status.database_generation = generation;
  if (rescanned) {
    status.last_scan_time = base::format_rfc3339(now);
  }
  say_completeness(status, result, now);
  say(status, {crds::kScanned, "True", "Scanned", summary(*status.counts)}, now);
  say(status, {crds::kPolicyPassed, result.policy.status, result.policy.reason, result.policy.message}, now);
  say(status, {crds::kStalled, "False", "Done", ""}, now);
  summarise(status, now);
}

void set_listed(ImageScanStatus& status, std::optional<std::size_t> left_out, base::SystemTime now) {
  const bool was_said = kubernetes::find_condition(status.conditions, crds::kFindingsListed) != nullptr;
  if (!left_out || (*left_out == 0 && !was_said)) {
    return;
  }
  if (*left_out == 0) {
    return say(status, {crds::kFindingsListed, "True", "AllListed", ""}, now);
  }
  say(status,
      {crds::kFindingsListed, "False", "CapReached",
       std::to_string(*left_out) +
           " of its findings have no row, because the namespace or the cluster has as many rows "
           "as it may; the worst have one, and admission counts all"},
      now);
}

void set_failed(ImageScanStatus& status, ScanStep step, const Failure& failure, base::SystemTime now) {
  const std::string_view type =
      step == ScanStep::kRead || step == ScanStep::kResolve ? crds::kResolved : crds::kScanned;
  say(status, {type, "False", failure.reason, failure.message}, now);
  const bool stalled = failure.remedy == Remedy::kIntervene;
  say(status, {crds::kStalled, stalled ? "True" : "False", failure.reason, stalled ? failure.message : ""}, now);
  summarise(status, now);
}

void set_suspended(ImageScanStatus& status, base::SystemTime now) {
  status.next_scan_time.clear();
  say(status, {crds::kStalled, "True", "Suspended", "spec.suspend is set; remove it to go on"}, now);
  summarise(status, now);
}

}  // namespace pratique_operator::reconcilers

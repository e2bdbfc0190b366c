#include "operator/reconcilers/resolution_times.h"

#include <algorithm>

#include "crds/duration.h"

namespace pratique_operator::reconcilers {
namespace {

// Half of the age at which admission stops to trust a resolved tag (maxTagAge, 10 minutes by default).
constexpr std::chrono::seconds kInUseInterval{300};
constexpr std::chrono::seconds kIntervalMin{60};
constexpr std::chrono::seconds kTagSettles{3};

// When the tag has settled after the last request; nullopt without one, and for one that is no time.
std::optional<base::SystemTime> settled_at(const crds::ImageScan& scan) {
  const std::optional<base::SystemTime> requested_at = base::parse_rfc3339(rescan_request(scan));
  if (!requested_at) {
    return std::nullopt;
  }
  // In whole seconds, as resolvedAt is.
  return std::chrono::floor<std::chrono::seconds>(*requested_at) + kTagSettles;
}

std::string annotation(const crds::ImageScan& scan, std::string_view name) {
  const auto found = scan.metadata.annotations.find(std::string(name));
  return found == scan.metadata.annotations.end() ? std::string() : found->second;
}

}  // namespace

std::string rescan_request(const crds::ImageScan& scan) {
  return annotation(scan, crds::kRescanRequestedAt);
}

bool wants_own_scan(const crds::ImageScan& scan) {
  return rescan_request(scan) != annotation(scan, crds::kResolutionRequestedAt) && !rescan_request(scan).empty();
}

std::optional<std::chrono::seconds> resolution_interval(const crds::ImageScan& scan, const crds::UsedBy& used_by) {
  if (scan.status.image.find('@') != std::string::npos || scan.spec.image.find('@') != std::string::npos) {
    return std::nullopt;
  }
  std::optional<std::chrono::seconds> interval = crds::parse_duration(scan.spec.interval);
  if (used_by.pods > 0 || used_by.workloads > 0) {
    interval = std::min(interval.value_or(kInUseInterval), kInUseInterval);
  }
  return interval ? std::optional(std::max(*interval, kIntervalMin)) : std::nullopt;
}

std::optional<base::SystemTime> next_resolution(const crds::ImageScan& scan, const crds::UsedBy& used_by,
                                                base::SystemTime resolved_at) {
  std::optional<base::SystemTime> next;
  if (const auto interval = resolution_interval(scan, used_by)) {
    next = resolved_at + *interval;
  }
  const std::optional<base::SystemTime> settled = settled_at(scan);
  if (settled && resolved_at < *settled) {
    next = std::min(next.value_or(*settled), *settled);
  }
  return next;
}

}  // namespace pratique_operator::reconcilers

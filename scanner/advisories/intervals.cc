#include "scanner/advisories/intervals.h"

#include <algorithm>

namespace scanner::advisories {

bool interval_holds(const Interval& interval, std::string_view version, const versions::VersionOrder& order) {
  const auto compared = [&](const std::string& bound) { return order.compare(version, bound); };
  if (!interval.introduced.empty()) {
    const auto to_start = compared(interval.introduced);
    if (to_start && *to_start < 0) return false;
  }
  if (!interval.fixed.empty()) {
    const auto to_end = compared(interval.fixed);
    if (to_end && *to_end >= 0) return false;
  }
  if (!interval.last_affected.empty()) {
    const auto to_end = compared(interval.last_affected);
    if (to_end && *to_end > 0) return false;
  }
  return true;
}

bool record_holds(const Advisory& advisory, std::string_view version, const versions::VersionOrder& order) {
  return std::ranges::any_of(advisory.intervals,
                             [&](const Interval& interval) { return interval_holds(interval, version, order); }) ||
         std::ranges::any_of(advisory.versions, [&](const std::string& listed) {
           return listed == version || order.compare(listed, version) == std::strong_ordering::equal;
         });
}

}  // namespace scanner::advisories

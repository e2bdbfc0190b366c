#include "scanner/advisories/intervals.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace scanner::advisories {

namespace {

// `compared(bound)` is the version against a bound; nullopt: the bound is none.
template <typename Compared>
bool holds(const Interval& interval, const Compared& compared) {
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

void drop_unreadable(std::string& bound, const versions::VersionOrder& order) {
  if (!bound.empty() && !order.readable(bound)) bound.clear();
}

}  // namespace

bool interval_holds(const Interval& interval, std::string_view version, const versions::VersionOrder& order) {
  return holds(interval, [&](const std::string& bound) {
    return order.readable(bound) ? std::optional(order.order(version, bound)) : std::nullopt;
  });
}

IntervalUnion::IntervalUnion(std::vector<Interval> intervals, const versions::VersionOrder& order)
    : intervals_(std::move(intervals)), order_(order) {
  for (Interval& interval : intervals_) {
    drop_unreadable(interval.introduced, order);
    drop_unreadable(interval.fixed, order);
    drop_unreadable(interval.last_affected, order);
  }
}

bool IntervalUnion::holds_version(std::string_view version) const {
  const auto compared = [&](const std::string& bound) { return std::optional(order_.order(version, bound)); };
  return std::ranges::any_of(intervals_, [&](const Interval& interval) { return holds(interval, compared); });
}

bool record_holds(const Advisory& advisory, std::string_view version, const versions::VersionOrder& order) {
  return std::ranges::any_of(advisory.intervals,
                             [&](const Interval& interval) { return interval_holds(interval, version, order); }) ||
         std::ranges::any_of(advisory.versions, [&](const std::string& listed) {
           return listed == version || order.compare(listed, version) == std::strong_ordering::equal;
         });
}

bool record_lists(const Advisory& advisory, std::string_view version) {
  return std::ranges::find(advisory.versions, version) != advisory.versions.end();
}

}  // namespace scanner::advisories

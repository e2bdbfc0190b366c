// https://ossf.github.io/osv-schema/#affectedrangesevents-fields; the evaluation is that of section "Evaluation", on
// intervals instead of on one version.
#include "scanner/advisories/range_events.h"

#include <fmt/core.h>

#include <algorithm>

#include "scanner/versions/version_order.h"

namespace scanner::advisories {

namespace {

bool is_beginning(const RangeEvent& event) {
  return event.kind == EventKind::kIntroduced && (event.version.empty() || event.version == "0");
}

void drop_unreadable(std::vector<RangeEvent>& events, const versions::VersionOrder& order, IntervalsOfEvents& result) {
  std::erase_if(events, [&](const RangeEvent& event) {
    if (is_beginning(event) || order.readable(event.version)) return false;
    result.notes.push_back(fmt::format("\"{}\" is not a version: the bound was skipped", event.version));
    result.has_unreadable_bound = true;
    return true;
  });
}

// At one version an interval ends before the next begins, and one that begins there may also end with it.
void sort_events(std::vector<RangeEvent>& events, const versions::VersionOrder& order) {
  std::ranges::stable_sort(events, [&order](const RangeEvent& left, const RangeEvent& right) {
    if (is_beginning(left) || is_beginning(right)) return is_beginning(left) && !is_beginning(right);
    const std::optional<std::strong_ordering> compared = order.compare(left.version, right.version);
    if (compared && *compared != std::strong_ordering::equal) return *compared == std::strong_ordering::less;
    return left.kind < right.kind;
  });
}

void close(std::vector<Interval>& intervals, const RangeEvent& event) {
  (event.kind == EventKind::kFixed ? intervals.back().fixed : intervals.back().last_affected) = event.version;
}

// Walks the events; the last interval may be left open.
std::vector<Interval> walk(const std::vector<RangeEvent>& events) {
  std::vector<Interval> intervals;
  bool open = false;
  for (const RangeEvent& event : events) {
    if (event.kind != EventKind::kIntroduced) {
      if (open) close(intervals, event);
      open = false;
    } else if (!open) {
      intervals.push_back({.introduced = is_beginning(event) ? "" : event.version, .fixed = {}, .last_affected = {}});
      open = true;
    }
  }
  return intervals;
}

bool is_open(const Interval& interval) {
  return interval.fixed.empty() && interval.last_affected.empty();
}

}  // namespace

IntervalsOfEvents intervals_of_events(std::vector<RangeEvent> events, std::string_view purl_type) {
  IntervalsOfEvents result;
  const auto beginnings = static_cast<std::size_t>(
      std::ranges::count_if(events, [](const RangeEvent& event) { return event.kind == EventKind::kIntroduced; }));
  const bool every_beginning_has_an_end = beginnings * 2 == events.size();
  if (const versions::VersionOrder* order = versions::order_for(purl_type); order != nullptr) {
    drop_unreadable(events, *order, result);
    sort_events(events, *order);
  }
  result.intervals = walk(events);
  // An end below its beginning sorts before it and leaves an interval without an end: "3.0 up to 2.0" is nothing, not
  // everything from 3.0 on. Where an end was dropped because it cannot be read, the open interval stands.
  if (every_beginning_has_an_end && !result.has_unreadable_bound && !result.intervals.empty() &&
      is_open(result.intervals.back())) {
    result.notes.push_back(fmt::format("the range that begins at \"{}\" ends before it starts: skipped",
                                       result.intervals.back().introduced));
    result.intervals.pop_back();
  }
  return result;
}

}  // namespace scanner::advisories

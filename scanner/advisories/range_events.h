// From the events of an OSV range to intervals. Feeds give events in any order, with bounds that are no versions and
// pairs that are upside down; what comes out is ordered and never wider than what the events can mean.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/advisories/advisory.h"

namespace scanner::advisories {

enum class EventKind : std::uint8_t { kFixed, kIntroduced, kLastAffected };

struct RangeEvent {
  EventKind kind = EventKind::kIntroduced;
  std::string version;  // "0" as introduced is below everything
};

struct IntervalsOfEvents {
  std::vector<Interval> intervals;
  std::vector<std::string> notes;     // what was passed over, for a person
  bool has_unreadable_bound = false;  // the intervals may then reach further than the true range, never less far
};

// Sorts by the order of `purl_type` where there is one, and pairs events as they come where there is none.
[[nodiscard]] IntervalsOfEvents intervals_of_events(std::vector<RangeEvent> events, std::string_view purl_type);

}  // namespace scanner::advisories

// Whether a version lies in what a record calls affected, by an ecosystem's order.
#pragma once

#include <string_view>
#include <vector>

#include "scanner/advisories/advisory.h"
#include "scanner/versions/version_order.h"

namespace scanner::advisories {

// A bound that the order cannot read does not bound: the interval is then wider, never narrower. An interval that ends
// before it starts holds nothing. `version` must be readable.
[[nodiscard]] bool interval_holds(const Interval& interval, std::string_view version,
                                  const versions::VersionOrder& order);

// Several intervals of which many versions are asked: which bounds can be read is found out once. Borrows the order.
class IntervalUnion {
 public:
  IntervalUnion(std::vector<Interval> intervals, const versions::VersionOrder& order);
  // As interval_holds(), of any of them. `version` must be readable.
  [[nodiscard]] bool holds_version(std::string_view version) const;

 private:
  std::vector<Interval> intervals_;  // without unreadable bounds
  const versions::VersionOrder& order_;
};

// Whether any interval or listed version of the record is or holds this version; listed versions are compared by the
// order as well as by text (3.0 is 3.0.0).
[[nodiscard]] bool record_holds(const Advisory& advisory, std::string_view version,
                                const versions::VersionOrder& order);

// Whether the record lists this version, letter by letter: all that can be said of one that the order cannot read.
[[nodiscard]] bool record_lists(const Advisory& advisory, std::string_view version);

}  // namespace scanner::advisories

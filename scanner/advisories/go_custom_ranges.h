// Go's database tells versions twice: in `ranges` those that Go itself knows, and in `custom_ranges` a project's own
// release numbers, which often are none for Go (a `/v2` is missing in the module's path). One of both may know an end
// that the other does not. https://go.dev/doc/security/vuln/database#schema
#pragma once

#include <vector>

#include "scanner/advisories/advisory.h"

namespace scanner::advisories {

// The intervals of both, without what one of them says only because it does not know better:
// - an interval of `known` without an end, where `custom` names a release above its beginning that is mended, ends where
//   that interval of `custom` begins. Of "every version" what was built from a commit without a release
//   (`v0.0.0-20250101120000-0123456789ab`) stays: that has no place among releases;
// - an interval of `custom` without an end ends at the first of `known`'s ends above its beginning;
// - of an interval of `custom` that holds releases which `known` calls mended stays what is below the first of them, and
//   from the major number behind the last one on, where a project's own numbers are others than Go's; of one that holds
//   a mended commit, what is not below the release that follows.
[[nodiscard]] std::vector<Interval> with_custom_ranges(std::vector<Interval> known, std::vector<Interval> custom);

}  // namespace scanner::advisories

// What a person reads when a pod is denied or warned about: which rule, which findings, what mends them, how to except
// them and where to look. Text from outside is escaped.
#pragma once

#include <string>
#include <vector>

#include "policy/decision.h"

namespace policy {

inline constexpr std::size_t kMessageBytesMax = 6144;
inline constexpr std::size_t kWarningBytesMax = 256;  // of one; the API server cuts at 256 and at 4 KiB in all

// For a denial: every image that is denied, by its strictest reason, at most kMessageBytesMax. The last line names the
// decision's id and the generations of policies and database; it is empty for a decision that denies nothing.
[[nodiscard]] std::string denial_message(const Decision& decision, const Question& question);

// One line for each reason that warns, at most 16.
[[nodiscard]] std::vector<std::string> warnings(const Decision& decision, const Question& question);

}  // namespace policy

// Texts that are mostly made of other texts beside them, such as a purl of name and version: written with references to
// those.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace crds {

// Longer texts are written whole: a reference takes two bytes and may stand for many, and what is read must stay
// bounded.
inline constexpr std::size_t kDerivedBytesMax = 4096;

// `value` with every occurrence of one of `others` (of three bytes and more; as it is, or percent-encoded as purls do)
// replaced by two bytes. At most 26 of the others are used.
[[nodiscard]] std::string shorten(std::string_view value, const std::vector<std::string>& others);

// The reverse, with the same others. Throws base::ParseError for a reference to none of them,
// base::LimitExceeded for what would be longer than kDerivedBytesMax.
[[nodiscard]] std::string lengthen(std::string_view value, const std::vector<std::string>& others);

}  // namespace crds

// What somebody who mistyped a word probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cli {

// The candidate that differs in the fewest letters, or an empty view when none is near.
[[nodiscard]] std::string_view nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace cli

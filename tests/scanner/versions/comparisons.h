// The files of version vectors that osv-scalibr publishes: a line for each comparison, "1.0 < 1.1".
#pragma once

#include <compare>
#include <filesystem>
#include <string>
#include <vector>

namespace tests {

struct Comparison {
  std::string left;
  char sign = 0;  // '<', '=' or '>'
  std::string right;
};

// Without comments, and without PHP's placeholder for any number, which equals every number, so that no order can hold
// it: 1.2.3 = 1.2.3.# = 1.2.3.1.
[[nodiscard]] std::vector<Comparison> comparisons_in(const std::filesystem::path& file);

// '<', '=' or '>'.
[[nodiscard]] char sign_of(std::strong_ordering order);

}  // namespace tests

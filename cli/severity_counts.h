// How many vulnerabilities there are of each severity, in words.
#pragma once

#include <array>
#include <cstddef>
#include <string>

namespace cli {

// By scanner::advisories::Severity.
using SeverityCounts = std::array<std::size_t, 5>;

// "1 critical, 3 high": the worst first, those that there are none of left out. None at all: empty.
[[nodiscard]] std::string severity_words(const SeverityCounts& counts);

}  // namespace cli

// Archives that nearly are good ones: random entries of every kind that a tar knows, damaged in up to four places,
// packed or not, and damaged again. The same number makes the same archive.
#pragma once

#include <cstdint>
#include <string>

namespace tests {

[[nodiscard]] std::string mutated_archive(std::uint32_t number);

}  // namespace tests

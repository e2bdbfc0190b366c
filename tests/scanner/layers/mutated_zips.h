// Zip archives that nearly are good ones: random members behind a launcher or not, damaged in up to three places, one
// of which may look like another archive's end. The same number makes the same archive.
#pragma once

#include <cstdint>
#include <string>

namespace tests {

[[nodiscard]] std::string mutated_zip(std::uint32_t number);

}  // namespace tests

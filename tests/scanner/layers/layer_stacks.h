// Stacks of layers made by chance: whiteouts, opaque directories, links and what takes whose place.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tests {

// Layers of image `number`, base first, as tar archives; the same each time. What is wanted of them is what
// scanner::layers::TestSelection wants.
[[nodiscard]] std::vector<std::string> layer_stack(std::uint32_t number);

// The same as one text: how many layers, and each after its length, four bytes each, the lowest first.
[[nodiscard]] std::string written_layer_stack(std::uint32_t number);

}  // namespace tests

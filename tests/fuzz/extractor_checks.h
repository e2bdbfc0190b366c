// What must hold for the answer of every extractor, whatever bytes it was given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "scanner/inventory/extractor.h"

namespace tests {

// Runs the extractor over the bytes as the file at this path, or as what was recognised in a program there; ends the
// process when its answer breaks a rule.
void check_extractor(const scanner::inventory::Extractor& extractor, std::string_view path, const std::uint8_t* data,
                     std::size_t size);

}  // namespace tests

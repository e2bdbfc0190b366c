// Where the checkout and what was built from it lie.
#pragma once

#include <filesystem>

namespace tests {

// Root of the checkout that the tests were built from, absolute.
[[nodiscard]] std::filesystem::path source_path();

// A program that this build made: program_path("pratique-scanner") is <build>/bin/pratique-scanner, absolute.
[[nodiscard]] std::filesystem::path program_path(const char* program);

}  // namespace tests

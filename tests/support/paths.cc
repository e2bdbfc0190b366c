#include "tests/support/paths.h"

namespace tests {

// Both definitions are this file's alone: a compiler cache finds every other object again in another checkout.
std::filesystem::path source_path() {
  return PRATIQUE_SOURCE_DIR;
}

std::filesystem::path program_path(const char* program) {
  return std::filesystem::path(PRATIQUE_BIN_DIR) / program;
}

}  // namespace tests

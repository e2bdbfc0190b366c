#include "tests/support/shared_data.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/support/paths.h"

namespace tests {

std::filesystem::path shared_path(std::string_view relative) {
  const char* configured = std::getenv("PRATIQUE_SHARED");
  const std::filesystem::path root =
      configured != nullptr ? std::filesystem::path(configured) : source_path().parent_path() / "shared";
  return root / relative;
}

bool in_ci() {
  const char* value = std::getenv("CI");
  return value != nullptr && std::string_view(value) == "true";
}

std::string read_test_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  std::ostringstream content;
  content << file.rdbuf();
  return std::move(content).str();
}

}  // namespace tests

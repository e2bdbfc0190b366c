// A directory for the files that a fuzz target reads; it is left behind.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tests {

// The same for the whole run.
[[nodiscard]] inline const std::string& scratch_directory() {
  static const std::string path = [] {
    std::string name = std::filesystem::temp_directory_path() / "pratique-fuzz-XXXXXX";
    CHECK(::mkdtemp(name.data()) != nullptr);
    return name;
  }();
  return path;
}

inline void write_scratch_file(const std::string& path, std::string_view content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(content.data(), static_cast<std::streamsize>(content.size()));
}

}  // namespace tests

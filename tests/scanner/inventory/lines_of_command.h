// What a package manager's own program prints: the oracle of the tests beside it.
#pragma once

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace tests {

// The lines that a shell command prints; none when it cannot be run.
[[nodiscard]] inline std::vector<std::string> lines_of_command(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
  std::vector<std::string> lines;
  std::array<char, 4096> line{};
  while (pipe != nullptr && std::fgets(line.data(), line.size(), pipe.get()) != nullptr) {
    lines.emplace_back(line.data());
    lines.back().pop_back();
  }
  return lines;
}

}  // namespace tests

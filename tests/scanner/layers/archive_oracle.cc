#include "tests/scanner/layers/archive_oracle.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace tests {
namespace {

// Built once for the program; what is missing for that is told on standard error.
const std::string& oracle_program() {
  static const std::string program = [] {
    const std::string command = fmt::format("{}/build {}", PRATIQUE_ORACLE_SOURCE, PRATIQUE_ORACLE_FOLDER);
    if (std::system(command.c_str()) != 0) throw std::runtime_error("archive-oracle was not built: " + command);
    return fmt::format("{}/archive-oracle", PRATIQUE_ORACLE_FOLDER);
  }();
  return program;
}

std::uint32_t setting(const char* name, std::uint32_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<std::uint32_t>(std::stoul(text));
}

}  // namespace

std::string hexadecimal(std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  return fmt::format("{:02x}", fmt::join(bytes, bytes + text.size(), ""));
}

std::pair<std::uint32_t, std::uint32_t> mutations_to_try() {
  const std::uint32_t first = setting("PRATIQUE_FIRST_MUTATION", 0);
  return {first, first + setting("PRATIQUE_MUTATIONS", 40'000)};
}

bool can_unpack_layers() {
  return std::system((oracle_program() + " -layers /dev/null").c_str()) == 0;
}

ArchiveOracle::ArchiveOracle(const std::string& option, const std::function<std::string(std::uint32_t number)>& archive,
                             std::uint32_t first, std::uint32_t count)
    : path_(std::filesystem::temp_directory_path() /
            fmt::format("pratique-archives{}-{}-{}", option, getpid(), first)) {
  std::ofstream file(path_, std::ios::binary);
  for (std::uint32_t i = first; i < first + count; ++i) {
    const std::string bytes = archive(i);
    const auto size = static_cast<std::uint32_t>(bytes.size());
    file.write(reinterpret_cast<const char*>(&size), sizeof(size)).write(bytes.data(), size);
  }
  file.close();
  pipe_.reset(popen(fmt::format("{} {} {}", oracle_program(), option, path_.string()).c_str(), "r"));
}

ArchiveOracle::~ArchiveOracle() {
  std::filesystem::remove(path_);
}

ArchiveReading ArchiveOracle::next() {
  ArchiveReading reading;
  std::array<char, 16 * 1024> line{};
  while (std::fgets(line.data(), line.size(), pipe_.get()) != nullptr) {
    const std::string_view text(line.data());
    if (text == "end\n" || text == "error\n") {
      reading.is_complete = text == "end\n";
      return reading;
    }
    reading.entries += text;
  }
  throw std::runtime_error("archive-oracle ended early");
}

}  // namespace tests

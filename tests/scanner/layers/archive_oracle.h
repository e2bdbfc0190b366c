// A program in Go that tells what is in archives: the judge of our readers. It is built at the first use.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace tests {

inline constexpr std::uint32_t kArchivesOfFile = 10'000;

// A line per entry, and whether it was read to its end.
struct ArchiveReading {
  std::string entries;
  bool is_complete = false;
};

[[nodiscard]] std::string hexadecimal(std::string_view text);

// The first and the end of the numbers that PRATIQUE_FIRST_MUTATION and PRATIQUE_MUTATIONS name; 0 to 40,000 unless
// set.
[[nodiscard]] std::pair<std::uint32_t, std::uint32_t> mutations_to_try();

// Whether the program may unpack layers here; if not, it has said why on standard error. Throws std::runtime_error when
// it cannot be built.
[[nodiscard]] bool can_unpack_layers();

// What it says of the archives with the numbers from `first` on, in order.
class ArchiveOracle {
 public:
  // `option`: "", "-zip" or "-layers". Throws std::runtime_error when the program cannot be built.
  ArchiveOracle(const std::string& option, const std::function<std::string(std::uint32_t number)>& archive,
                std::uint32_t first, std::uint32_t count);
  ~ArchiveOracle();
  ArchiveOracle(const ArchiveOracle&) = delete;
  ArchiveOracle& operator=(const ArchiveOracle&) = delete;

  // Of the next archive. Throws std::runtime_error when the oracle has ended.
  [[nodiscard]] ArchiveReading next();

 private:
  std::filesystem::path path_;
  std::unique_ptr<FILE, int (*)(FILE*)> pipe_{nullptr, &pclose};
};

}  // namespace tests

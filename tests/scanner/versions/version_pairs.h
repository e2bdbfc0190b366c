// Random pairs of versions, the answers of a package manager's own program about them, and the laws of an order.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/versions/version_order.h"

namespace tests {

using Pair = std::pair<std::string, std::string>;

[[nodiscard]] std::string random_text(std::mt19937& random, std::string_view alphabet, std::size_t length_max);
// The same pairs in every run.
[[nodiscard]] std::vector<Pair> random_pairs(std::size_t count, const std::function<Pair(std::mt19937&)>& make);
// -1, 0 or 1.
[[nodiscard]] int sign_of(const scanner::versions::VersionOrder& order, const Pair& pair);

// Whether the laws of a total order hold among three versions: each equals itself, turned round the answer turns round,
// and of three in a row the first is not behind the last.
[[nodiscard]] bool laws_hold(const scanner::versions::VersionOrder& order, std::array<std::string, 3> versions);

// A file of "left right" lines that lives as long as the object.
class PairFile {
 public:
  explicit PairFile(const std::vector<Pair>& pairs);
  ~PairFile();
  PairFile(const PairFile&) = delete;
  PairFile& operator=(const PairFile&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// The whole numbers that a shell command prints; none when it cannot be run.
[[nodiscard]] std::vector<int> answers_of(const std::string& command);

}  // namespace tests

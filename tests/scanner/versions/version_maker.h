// Versions to try an order with: real ones, ones that a grammar makes, and either with a small change, where the rules
// are fine.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/scanner/versions/version_pairs.h"

namespace tests {

// One to `numbers_max` numbers, and behind them some of the letters and words.
struct Grammar {
  std::size_t numbers_min = 1;
  std::size_t numbers_max = 4;
  std::string_view letters;
  std::vector<std::string_view> words;  // "-rc.1"
};

class VersionMaker {
 public:
  // `real` must hold one at least.
  VersionMaker(std::vector<std::string> real, Grammar grammar);

  // A real one, or as often a made one.
  [[nodiscard]] std::string version(std::mt19937& random) const;
  // The same with one or two pieces inserted or put behind it, letters taken away or in the other case. Never empty.
  [[nodiscard]] std::string changed(std::string version, std::mt19937& random) const;
  // Most are a version and a changed one.
  [[nodiscard]] Pair pair(std::mt19937& random) const;

 private:
  [[nodiscard]] std::string piece(std::mt19937& random) const;
  [[nodiscard]] std::string made(std::mt19937& random) const;

  std::vector<std::string> real_;
  Grammar grammar_;
};

}  // namespace tests

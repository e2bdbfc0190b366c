#include "scanner/advisories/sorted_runs.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <set>

#include "base/error.h"

namespace scanner::advisories {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs sorted(std::size_t memory_bytes, const Pairs& pairs) {
  SortedRuns runs(std::filesystem::temp_directory_path(), memory_bytes);
  for (const auto& [key, value] : pairs) runs.add(key, value);
  Pairs result;
  runs.for_each([&](std::string_view key, std::string_view value) { result.emplace_back(key, value); });
  return result;
}

TEST(SortedRuns, SortsAndDropsRepetitionsWhateverFitsIntoMemory) {
  std::mt19937 random(7);
  Pairs pairs;
  for (int count = 0; count < 5000; ++count) {
    pairs.emplace_back(std::to_string(random() % 700), std::string(random() % 40, static_cast<char>(random() % 256)));
  }
  const std::set<std::pair<std::string, std::string>> unique(pairs.begin(), pairs.end());
  const Pairs expected(unique.begin(), unique.end());

  EXPECT_EQ(sorted(std::size_t{1} << 30, pairs), expected) << "one run";
  EXPECT_EQ(sorted(20'000, pairs), expected) << "dozens of runs";
}

TEST(SortedRuns, NothingIsNothing) {
  EXPECT_TRUE(sorted(1000, {}).empty());
}

TEST(SortedRuns, SaysWhereItCannotWrite) {
  SortedRuns runs("/nonexistent", 1);
  EXPECT_THROW(runs.add("a", "b"), base::ConfigError);
}

}  // namespace
}  // namespace scanner::advisories

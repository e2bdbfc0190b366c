#include "base/block_map.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace base {
namespace {

TEST(BlockMap, GivesOneBehindTheOther) {
  BlockMap map;
  EXPECT_EQ(map.take(3), 0u);
  EXPECT_EQ(map.take(1), 3u);
  EXPECT_EQ(map.end(), 4u);
}

TEST(BlockMap, FillsTheSmallestGapThatIsLargeEnough) {
  BlockMap map;
  const auto large = map.take(8);
  const auto wall = map.take(1);
  const auto small = map.take(3);
  static_cast<void>(map.take(1));
  map.give_back(large, 8);
  map.give_back(small, 3);

  EXPECT_EQ(map.take(2), small) << "and not of the eight";
  EXPECT_EQ(map.take(1), small + 2);
  EXPECT_EQ(map.take(1), large);
  EXPECT_EQ(map.take(7), large + 1);
  EXPECT_EQ(map.end(), 13u);
  EXPECT_EQ(wall, 8u);
}

TEST(BlockMap, JoinsWhatComesBackWithBothNeighbours) {
  BlockMap map;
  for (int i = 0; i < 4; ++i) static_cast<void>(map.take(2));
  map.give_back(0, 2);
  map.give_back(4, 2);
  map.give_back(2, 2);
  EXPECT_EQ(map.take(6), 0u);
}

TEST(BlockMap, EndsWhereTheLastOneEnds) {
  BlockMap map;
  const auto first = map.take(2);
  const auto second = map.take(2);
  const auto third = map.take(2);
  map.give_back(second, 2);
  EXPECT_EQ(map.end(), 6u);
  map.give_back(third, 2);
  EXPECT_EQ(map.end(), 2u);
  map.give_back(first, 2);
  EXPECT_EQ(map.end(), 0u);
  EXPECT_EQ(map.take(1), 0u);
}

// Against a plain map of who has which block.
TEST(BlockMap, NeverGivesABlockTwice) {
  struct Taken {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
  };
  BlockMap map;
  std::mt19937 random(1);
  std::vector<bool> used;
  std::vector<Taken> taken;
  for (int step = 0; step < 20'000; ++step) {
    if (taken.empty() || random() % 5 < 3) {
      const Taken one{.first = 0, .count = 1 + random() % 30};
      taken.push_back({.first = map.take(one.count), .count = one.count});
      const Taken& got = taken.back();
      if (used.size() < got.first + got.count) used.resize(got.first + got.count);
      for (std::uint64_t at = got.first; at < got.first + got.count; ++at) {
        ASSERT_FALSE(used[at]) << at;
        used[at] = true;
      }
    } else {
      const std::size_t which = random() % taken.size();
      map.give_back(taken[which].first, taken[which].count);
      for (std::uint64_t at = 0; at < taken[which].count; ++at) used[taken[which].first + at] = false;
      taken[which] = taken.back();
      taken.pop_back();
    }
    while (!used.empty() && !used.back()) used.pop_back();
    ASSERT_EQ(map.end(), used.size());
  }
  for (const Taken& one : taken) map.give_back(one.first, one.count);
  EXPECT_EQ(map.end(), 0u);
}

}  // namespace
}  // namespace base

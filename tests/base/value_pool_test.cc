#include "base/value_pool.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace base {
namespace {

TEST(ValuePool, EqualValuesAreOne) {
  ValuePool<std::vector<std::string>> pool;
  const auto one = pool.share({"a", "b"});
  const auto other = pool.share({"a", "c"});
  EXPECT_EQ(pool.share({"a", "b"}), one);
  EXPECT_NE(other, one);
  EXPECT_EQ(*other, (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(pool.size(), 2u);
}

TEST(ValuePool, KeepsWhatIsHeldAndForgetsTheRest) {
  ValuePool<int> pool;
  const auto held = pool.share(-1);
  for (int value = 0; value < 10'000; ++value) static_cast<void>(pool.share(value));
  EXPECT_LE(pool.size(), 65u);
  EXPECT_EQ(pool.share(-1), held);
}

TEST(ValuePool, GrowsWithWhatIsHeld) {
  ValuePool<int> pool;
  std::vector<std::shared_ptr<const int>> held;
  for (int value = 0; value < 1'000; ++value) held.push_back(pool.share(value));
  EXPECT_EQ(pool.size(), 1'000u);
  for (int value = 0; value < 1'000; ++value) EXPECT_EQ(pool.share(value), held[static_cast<std::size_t>(value)]);
}

// Readers drop what they were given while the pool's own thread goes on: for ThreadSanitizer.
TEST(ValuePool, WhatItGaveMayBeDroppedOnAnotherThread) {
  ValuePool<std::string> pool;
  std::vector<std::shared_ptr<const std::string>> given;
  for (int value = 0; value < 500; ++value) given.push_back(pool.share(std::to_string(value)));
  std::jthread reader([&given] {
    std::size_t bytes = 0;
    for (auto& one : given) {
      bytes += one->size();
      one.reset();
    }
    EXPECT_GT(bytes, 0u);
  });
  for (int value = 0; value < 5'000; ++value) EXPECT_EQ(*pool.share(std::to_string(value)), std::to_string(value));
}

}  // namespace
}  // namespace base

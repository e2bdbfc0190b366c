#include "scanner/memory_budget.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include "tests/support/eventually.h"

namespace scanner {
namespace {

// Nobody waits.
std::optional<MemoryBudget::Share> take_now(MemoryBudget& budget) {
  std::stop_source stopped;
  stopped.request_stop();
  return budget.take(stopped.get_token());
}

TEST(MemoryBudget, HasRoomForSoManyChildren) {
  MemoryBudget budget(2);
  std::optional<MemoryBudget::Share> first = take_now(budget);
  const std::optional<MemoryBudget::Share> second = take_now(budget);
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(take_now(budget));
  first.reset();
  EXPECT_TRUE(take_now(budget));
}

TEST(MemoryBudget, MayHaveNoneToLend) {
  MemoryBudget budget(0);
  EXPECT_FALSE(take_now(budget));
  EXPECT_EQ(budget.waiting(), 0u);
}

TEST(MemoryBudget, AShareIsGivenBackOnce) {
  MemoryBudget budget(1);
  {
    std::optional<MemoryBudget::Share> share = take_now(budget);
    const MemoryBudget::Share moved = *std::move(share);
  }
  const std::optional<MemoryBudget::Share> share = take_now(budget);
  EXPECT_TRUE(share);
  EXPECT_FALSE(take_now(budget));
}

TEST(MemoryBudget, WhoAsksFirstIsServedFirst) {
  MemoryBudget budget(1);
  std::optional<MemoryBudget::Share> held = take_now(budget);
  std::vector<int> order;  // of those that hold the share
  std::vector<std::jthread> threads;
  for (int number = 0; number < 5; ++number) {
    threads.emplace_back([&, number] {
      const std::optional<MemoryBudget::Share> share = budget.take({});
      order.push_back(number);
    });
    ASSERT_TRUE(tests::eventually([&] { return budget.waiting() == static_cast<std::size_t>(number) + 1; }));
  }
  held.reset();
  threads.clear();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

// Or nobody behind it would ever be served.
TEST(MemoryBudget, WhoStopsWaitingMakesWay) {
  MemoryBudget budget(1);
  std::optional<MemoryBudget::Share> held = take_now(budget);
  std::stop_source stop;
  auto stopped = std::async(std::launch::async, [&] { return budget.take(stop.get_token()).has_value(); });
  ASSERT_TRUE(tests::eventually([&] { return budget.waiting() == 1; }));
  auto patient = std::async(std::launch::async, [&] { return budget.take({}).has_value(); });
  ASSERT_TRUE(tests::eventually([&] { return budget.waiting() == 2; }));
  stop.request_stop();
  EXPECT_FALSE(stopped.get());
  held.reset();
  EXPECT_TRUE(patient.get());
}

TEST(MemoryBudget, NeverMoreThanThereIsRoomFor) {
  constexpr int kRoom = 3;
  MemoryBudget budget(kRoom);
  std::atomic<int> holding = 0;
  std::atomic<int> most = 0;
  std::vector<std::jthread> threads;
  for (int number = 0; number < 12; ++number) {
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        const std::optional<MemoryBudget::Share> share = budget.take({});
        const int held = ++holding;
        std::this_thread::yield();
        for (int seen = most; seen < held && !most.compare_exchange_weak(seen, held);) {
        }
        --holding;
      }
    });
  }
  threads.clear();
  EXPECT_LE(most, kRoom);
  EXPECT_GT(most, 1);
}

}  // namespace
}  // namespace scanner

#include "scanner/memory_budget.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include "base/error.h"
#include "scanner/worker/child_process.h"
#include "tests/support/eventually.h"

namespace scanner {
namespace {

constexpr std::uint64_t kChild = MemoryBudget::kChildBytes;

base::SteadyTime in_a_minute() {
  return std::chrono::steady_clock::now() + std::chrono::minutes(1);
}
base::SteadyTime now() {
  return std::chrono::steady_clock::now();
}

TEST(MemoryBudget, HasRoomForSoManyChildren) {
  MemoryBudget budget(2 * kChild + kChild / 2);
  std::optional<MemoryBudget::Share> first(budget.take(in_a_minute(), {}));
  const MemoryBudget::Share second = budget.take(in_a_minute(), {});
  EXPECT_THROW(static_cast<void>(budget.take(now(), {})), worker::WorkerTimeout);
  first.reset();
  EXPECT_NO_THROW(static_cast<void>(budget.take(now(), {})));
}

TEST(MemoryBudget, HasRoomForOneAtLeast) {
  MemoryBudget budget(1);
  const MemoryBudget::Share share = budget.take(now(), {});
  EXPECT_THROW(static_cast<void>(budget.take(now(), {})), worker::WorkerTimeout);
}

TEST(MemoryBudget, AShareIsGivenBackOnce) {
  MemoryBudget budget(kChild);
  {
    MemoryBudget::Share share = budget.take(now(), {});
    const MemoryBudget::Share moved = std::move(share);
    const MemoryBudget::Share of_nobody;
  }
  const MemoryBudget::Share share = budget.take(now(), {});
  EXPECT_THROW(static_cast<void>(budget.take(now(), {})), worker::WorkerTimeout);
}

TEST(MemoryBudget, WhoAsksFirstIsServedFirst) {
  MemoryBudget budget(kChild);
  std::optional<MemoryBudget::Share> held(budget.take(now(), {}));
  std::vector<int> order;  // of those that hold the share
  std::vector<std::jthread> threads;
  for (int number = 0; number < 5; ++number) {
    threads.emplace_back([&, number] {
      const MemoryBudget::Share share = budget.take(in_a_minute(), {});
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
  MemoryBudget budget(kChild);
  std::optional<MemoryBudget::Share> held(budget.take(now(), {}));
  std::stop_source stop;
  auto stopped =
      std::async(std::launch::async, [&] { static_cast<void>(budget.take(in_a_minute(), stop.get_token())); });
  ASSERT_TRUE(tests::eventually([&] { return budget.waiting() == 1; }));
  auto patient = std::async(std::launch::async, [&] { static_cast<void>(budget.take(in_a_minute(), {})); });
  ASSERT_TRUE(tests::eventually([&] { return budget.waiting() == 2; }));
  stop.request_stop();
  EXPECT_THROW(stopped.get(), base::NetworkError);
  held.reset();
  EXPECT_NO_THROW(patient.get());
}

TEST(MemoryBudget, NeverMoreThanThereIsRoomFor) {
  constexpr int kRoom = 3;
  MemoryBudget budget(kRoom * kChild);
  std::atomic<int> holding = 0;
  std::atomic<int> most = 0;
  std::vector<std::jthread> threads;
  for (int number = 0; number < 12; ++number) {
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        const MemoryBudget::Share share = budget.take(in_a_minute(), {});
        const int held = ++holding;
        for (int seen = most; seen < held && !most.compare_exchange_weak(seen, held);) {
        }
        --holding;
      }
    });
  }
  threads.clear();
  EXPECT_LE(most, kRoom);
}

}  // namespace
}  // namespace scanner

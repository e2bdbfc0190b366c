#include "operator/controller/work_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "operator/controller/backoff.h"
#include "tests/operator/controller/manual_clock.h"

namespace pratique_operator::controller {
namespace {

using kubernetes::ObjectKey;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

ObjectKey key(const std::string& name) {
  return {.ns = "shop", .name = name};
}

class WorkQueueTest : public testing::Test {
 protected:
  // The name of the next key that is due, "-" when none is.
  std::string next() {
    const std::optional<WorkItem> item = queue_.try_take();
    return item ? item->key.name : "-";
  }
  std::vector<std::string> all() {
    std::vector<std::string> names;
    for (std::string name = next(); name != "-"; name = next()) names.push_back(name);
    return names;
  }

  ManualClock clock_;
  WorkQueue queue_{clock_};
};

TEST_F(WorkQueueTest, HandsOutInTheOrderOfArrivalEachKeyOnce) {
  for (const char* name : {"a", "b", "a", "c", "b"}) queue_.add(key(name));
  EXPECT_EQ(queue_.depth(), 3U);
  EXPECT_THAT(all(), ElementsAre("a", "b", "c"));
}

TEST_F(WorkQueueTest, TellsWhenTheNextKeyIsDue) {
  EXPECT_EQ(queue_.next_due(), std::nullopt);
  queue_.add_after(key("later"), seconds(20));
  queue_.add_after(key("soon"), seconds(5));
  EXPECT_EQ(queue_.next_due(), clock_.steady_now() + seconds(5));
  queue_.add(key("now"));
  EXPECT_EQ(queue_.next_due(), clock_.steady_now());
  EXPECT_EQ(next(), "now");
  EXPECT_EQ(queue_.next_due(), clock_.steady_now() + seconds(5)) << "what a worker has is not due";
}

TEST_F(WorkQueueTest, NeverHandsOutAKeyThatAWorkerHas) {
  queue_.add(key("a"));
  EXPECT_EQ(next(), "a");

  queue_.add(key("a"));
  queue_.add(key("a"), Priority::kHigh);
  EXPECT_EQ(next(), "-");
  queue_.done(key("a"));

  const std::optional<WorkItem> again = queue_.try_take();
  ASSERT_TRUE(again) << "what was added meanwhile is not lost";
  EXPECT_EQ(again->priority, Priority::kHigh);
  queue_.done(key("a"));
  EXPECT_EQ(next(), "-") << "and comes once";
}

TEST_F(WorkQueueTest, TakesTheMostUrgentFirst) {
  queue_.add(key("background"), Priority::kBackground);
  queue_.add(key("normal"));
  queue_.add(key("high"), Priority::kHigh);
  queue_.add(key("admission"), Priority::kAdmission);
  queue_.add(key("raised"), Priority::kBackground);
  queue_.add(key("raised"), Priority::kAdmission);
  queue_.add(key("high"), Priority::kBackground);

  EXPECT_THAT(all(), ElementsAre("admission", "raised", "high", "normal", "background"));
}

TEST_F(WorkQueueTest, AnAdmissionDoesNotWaitBehindABacklogThatHasLostItsPatience) {
  constexpr int kBacklog = 1'000;
  for (int i = 0; i < kBacklog; ++i) queue_.add(key(std::to_string(i)));
  clock_.advance(WorkQueue::kPatience * 10);
  queue_.add(key("admission"), Priority::kAdmission);

  EXPECT_EQ(next(), "admission");
  EXPECT_EQ(next(), "0");
}

// Of takes in a row, each with an Admission to be had.
TEST_F(WorkQueueTest, ABacklogGetsItsShareOfTheTakesAndNoMore) {
  constexpr int kTakes = WorkQueue::kPatienceShare * 5;
  for (int i = 0; i < kTakes; ++i) queue_.add(key("normal" + std::to_string(i)));
  clock_.advance(WorkQueue::kPatience);
  int admissions_in_a_row = 0;
  int normals = 0;
  for (int i = 0; i < kTakes; ++i) {
    queue_.add(key("admission" + std::to_string(i)), Priority::kAdmission);
    const bool is_admission = queue_.try_take()->priority == Priority::kAdmission;
    admissions_in_a_row = is_admission ? admissions_in_a_row + 1 : 0;
    normals += is_admission ? 0 : 1;
    EXPECT_LT(admissions_in_a_row, WorkQueue::kPatienceShare);
  }
  EXPECT_EQ(normals, kTakes / WorkQueue::kPatienceShare);
}

// Whatever more urgent keys keep coming: the share goes to the oldest first, so that each becomes the oldest.
TEST_F(WorkQueueTest, LetsNothingWaitForEver) {
  queue_.add(key("background"), Priority::kBackground);
  clock_.advance(seconds(1));
  for (const char* name : {"normal1", "normal2"}) queue_.add(key(name));
  clock_.advance(WorkQueue::kPatience);
  std::vector<std::string> others;
  for (int i = 0; i < WorkQueue::kPatienceShare * 3; ++i) {
    queue_.add(key("high" + std::to_string(i)), Priority::kHigh);
    const std::string name = next();
    if (!name.starts_with("high")) others.push_back(name);
  }
  EXPECT_THAT(others, ElementsAre("background", "normal1", "normal2"));
}

TEST_F(WorkQueueTest, KeepsTheOrderOfPrioritiesWhileAllAreWithinTheirPatience) {
  queue_.add(key("background"), Priority::kBackground);
  clock_.advance(WorkQueue::kPatience - seconds(1));
  std::vector<std::string> expected;
  for (int i = 0; i < WorkQueue::kPatienceShare * 2; ++i) {
    expected.push_back("admission" + std::to_string(i));
    queue_.add(key(expected.back()), Priority::kAdmission);
  }
  expected.emplace_back("background");
  EXPECT_EQ(all(), expected);
}

TEST_F(WorkQueueTest, TellsHowLongAKeyHasWaited) {
  queue_.add(key("background"), Priority::kBackground);
  clock_.advance(WorkQueue::kPatience);
  EXPECT_EQ(queue_.try_take()->waited, WorkQueue::kPatience);
}

TEST_F(WorkQueueTest, HoldsADelayedKeyUntilItIsDue) {
  queue_.add_after(key("a"), seconds(5));
  EXPECT_EQ(queue_.delayed(), 1U);
  EXPECT_EQ(queue_.depth(), 0U);
  clock_.advance(milliseconds(4999));
  EXPECT_EQ(next(), "-");
  clock_.advance(milliseconds(1));
  EXPECT_EQ(next(), "a");
  EXPECT_EQ(queue_.delayed(), 0U);
}

TEST_F(WorkQueueTest, KeepsTheEarliestOfSeveralDelays) {
  queue_.add_after(key("later first"), seconds(9));
  queue_.add_after(key("later first"), seconds(2));
  queue_.add_after(key("later last"), seconds(2));
  queue_.add_after(key("later last"), seconds(9));
  clock_.advance(seconds(2));
  EXPECT_THAT(all(), ElementsAre("later first", "later last"));
  clock_.advance(seconds(20));
  EXPECT_EQ(next(), "-");
}

TEST_F(WorkQueueTest, TreatsNoDelayAsNow) {
  queue_.add_after(key("a"), milliseconds(0), Priority::kHigh);
  queue_.add_after(key("b"), milliseconds(-5));
  EXPECT_THAT(all(), ElementsAre("a", "b"));
}

TEST_F(WorkQueueTest, LeavesAKeyThatWaitsAlreadyAsItIs) {
  queue_.add(key("a"));
  queue_.add_after(key("a"), seconds(1));
  EXPECT_EQ(next(), "a");
  queue_.done(key("a"));
  clock_.advance(seconds(2));
  EXPECT_EQ(next(), "-");
}

TEST_F(WorkQueueTest, HoldsADelayedKeyThatBecomesDueWhileAWorkerHasIt) {
  queue_.add(key("a"));
  EXPECT_EQ(next(), "a");
  queue_.add_after(key("a"), seconds(1));
  clock_.advance(seconds(2));
  EXPECT_EQ(next(), "-");
  queue_.done(key("a"));
  EXPECT_EQ(next(), "a");
}

TEST_F(WorkQueueTest, EndsWaitingWhenAStopIsRequested) {
  std::optional<WorkItem> item;
  {
    std::jthread worker([&](const std::stop_token& stop) { item = queue_.take(stop); });
  }
  EXPECT_FALSE(item);
}

TEST_F(WorkQueueTest, WakesAWaitingWorkerForADelayedKey) {
  std::optional<WorkItem> item;
  std::jthread worker([&](const std::stop_token& stop) { item = queue_.take(stop); });
  queue_.add_after(key("a"), seconds(1));
  clock_.advance(seconds(1));
  queue_.add_after(key("b"), seconds(3600));  // any change makes it look again
  worker.join();
  ASSERT_TRUE(item);
  EXPECT_EQ(item->key.name, "a");
}

// Four workers, four producers: each key is processed after its last addition, and never twice at once.
TEST_F(WorkQueueTest, LosesNothingBetweenThreads) {
  constexpr int kKeys = 20;
  constexpr int kRounds = 500;
  std::vector<std::atomic<int>> added(kKeys);
  std::vector<std::atomic<int>> seen(kKeys);
  std::vector<std::atomic<int>> inside(kKeys);
  std::atomic<bool> overlapped{false};
  std::vector<std::jthread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&](const std::stop_token& stop) {
      while (const std::optional<WorkItem> item = queue_.take(stop)) {
        const auto index = static_cast<std::size_t>(std::stoi(item->key.name));
        if (inside[index].fetch_add(1) != 0) overlapped = true;
        seen[index] = added[index].load();
        inside[index].fetch_sub(1);
        queue_.done(item->key);
      }
    });
  }
  {
    std::vector<std::jthread> producers;
    for (int i = 0; i < 4; ++i) {
      producers.emplace_back([&] {
        for (int round = 0; round < kRounds; ++round) {
          const int index = round % kKeys;
          added[static_cast<std::size_t>(index)].fetch_add(1);
          queue_.add(key(std::to_string(index)));
        }
      });
    }
  }
  const auto all_seen = [&] {
    for (std::size_t i = 0; i < kKeys; ++i) {
      if (seen[i] != added[i]) return false;
    }
    return true;
  };
  const auto end = std::chrono::steady_clock::now() + seconds(30);
  while (!all_seen() && std::chrono::steady_clock::now() < end) std::this_thread::yield();

  EXPECT_TRUE(all_seen());
  EXPECT_FALSE(overlapped);
}

TEST(Backoff, DoublesUpToItsLimitAndForgets) {
  Backoff backoff({.delay_min = milliseconds(5), .delay_max = milliseconds(1000)});
  const base::SteadyTime now{};
  std::vector<milliseconds::rep> delays;
  for (int i = 0; i < 10; ++i) delays.push_back(backoff.next(key("a"), now).count());
  EXPECT_THAT(delays, ElementsAre(5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000));
  EXPECT_EQ(backoff.next(key("b"), now), milliseconds(5)) << "each key has its own";
  EXPECT_EQ(backoff.failures(key("a")), 10);

  backoff.forget(key("a"));

  EXPECT_EQ(backoff.failures(key("a")), 0);
  EXPECT_EQ(backoff.next(key("a"), now), milliseconds(5));
}

TEST(Backoff, HasClientGosDefaults) {
  Backoff backoff;
  milliseconds last{};
  for (int i = 0; i < 60; ++i) last = backoff.next(key("a"), {});
  EXPECT_EQ(last, seconds(1000));
}

TEST(Backoff, SpreadsTheRetriesOfManyKeys) {
  Backoff backoff({.retries_per_second = 10, .retries_burst = 2});
  base::SteadyTime now{};
  const auto next = [&](int i) { return backoff.next(key(std::to_string(i)), now); };
  EXPECT_EQ(next(0), milliseconds(5));
  EXPECT_EQ(next(1), milliseconds(5));
  EXPECT_EQ(next(2), milliseconds(100)) << "the burst is used up";
  EXPECT_EQ(next(3), milliseconds(200));
  now += seconds(1);
  EXPECT_EQ(next(4), milliseconds(5)) << "and filled again";
}

}  // namespace
}  // namespace pratique_operator::controller

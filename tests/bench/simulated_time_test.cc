// Time passes when everybody waits, and in an order that is always the same.
#include "bench/simulation/simulated_time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

namespace bench::simulation {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr base::SystemTime kStart{seconds(1'798'761'600)};

class SimulatedTimeTest : public testing::Test {
 protected:
  [[nodiscard]] std::int64_t passed() const {
    return std::chrono::duration_cast<seconds>(time_.system_now() - kStart).count();
  }
  void note(const std::string& what) { noted_.push_back(std::to_string(passed()) + " " + what); }

  std::vector<std::string> noted_;
  SimulatedTime time_{kStart};
};

TEST_F(SimulatedTimeTest, StandsWhileSomebodyRuns) {
  EXPECT_EQ(time_.system_now(), kStart);
  const base::SteadyTime before = time_.steady_now();
  time_.wait_for(seconds(90));
  EXPECT_EQ(time_.steady_now() - before, seconds(90));
  EXPECT_EQ(time_.system_now(), kStart + seconds(90));
}

TEST_F(SimulatedTimeTest, ProcessesTakeTurnsInTheOrderOfTheirTimes) {
  for (const int pause : {3, 2}) {
    time_.add_process([this, pause](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        note("after " + std::to_string(pause));
        time_.wait_for(seconds(pause));
      }
    });
  }
  time_.wait_for(seconds(5));
  // At the same time the one goes on that began to wait first.
  EXPECT_THAT(noted_, ElementsAre("0 after 3", "0 after 2", "2 after 2", "3 after 3", "4 after 2"));
  noted_.clear();
  time_.wait_for(seconds(1));
  EXPECT_THAT(noted_, ElementsAre("6 after 3", "6 after 2"));
}

TEST_F(SimulatedTimeTest, AProcessThatEndsLeavesTheTurn) {
  time_.add_process([this](const std::stop_token&) { note("once"); });
  time_.wait_for(seconds(1));
  time_.wait_for(seconds(1));
  EXPECT_THAT(noted_, ElementsAre("0 once"));
}

TEST_F(SimulatedTimeTest, AWaitForATimeThatIsPastTakesNone) {
  time_.wait_for(seconds(5));
  time_.wait_until(time_.steady_now() - seconds(3));
  EXPECT_EQ(passed(), 5);
}

// A queue of times, worked off by two processes.
class PlaceTest : public SimulatedTimeTest {
 protected:
  PlaceTest() {
    place_ = time_.add_place([this]() -> std::optional<base::SteadyTime> {
      return due_.empty() ? std::nullopt : std::optional(due_.front());
    });
    for (const char* name : {"one", "other"}) {
      time_.add_process([this, name](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          time_.wait_at(place_);
          if (due_.empty() || due_.front() > time_.steady_now()) continue;
          due_.pop_front();
          note(name);
          time_.wait_for(seconds(10));
        }
      });
    }
    time_.wait_for(seconds(0));
  }
  ~PlaceTest() override { time_.end(); }
  void add(int in_seconds) { due_.push_back(time_.steady_now() + seconds(in_seconds)); }

  std::deque<base::SteadyTime> due_;
  std::size_t place_ = 0;
};

TEST_F(PlaceTest, WhatBecomesDueWakesOneThatWaitsForIt) {
  add(4);
  time_.wait_for(seconds(3));
  EXPECT_THAT(noted_, IsEmpty());
  time_.wait_for(seconds(60));
  EXPECT_EQ(noted_.size(), 1u);
  EXPECT_TRUE(noted_.at(0).starts_with("4 ")) << noted_.at(0);
}

TEST_F(PlaceTest, WhatIsDueWhileAllAreBusyWaits) {
  for (const int due : {1, 1, 1}) add(due);
  time_.wait_for(seconds(60));
  ASSERT_EQ(noted_.size(), 3u);
  EXPECT_TRUE(noted_.at(1).starts_with("1 ")) << noted_.at(1);
  EXPECT_TRUE(noted_.at(2).starts_with("11 ")) << noted_.at(2);
}

TEST_F(SimulatedTimeTest, EachStepOfTheClockIsTold) {
  std::vector<std::int64_t> steps;
  time_.on_advance([&](base::SteadyTime from, base::SteadyTime to) {
    steps.push_back(std::chrono::duration_cast<seconds>(to - from).count());
  });
  time_.add_process([this](const std::stop_token&) { time_.wait_for(seconds(2)); });
  time_.wait_for(seconds(5));
  EXPECT_THAT(steps, ElementsAre(2, 3));
}

TEST_F(SimulatedTimeTest, TheEndLetsEachFinishWhatItHasInHand) {
  time_.add_process([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      note("begun");
      time_.wait_for(seconds(60));
      note("done");
    }
  });
  time_.wait_for(seconds(1));
  time_.end();
  EXPECT_THAT(noted_, ElementsAre("0 begun", "1 done"));
  time_.end();
}

}  // namespace
}  // namespace bench::simulation

// A clock that stands still until the test moves it. Thread-safe.
#pragma once

#include <atomic>
#include <chrono>

#include "base/clock.h"

namespace pratique_operator::controller {

class ManualClock final : public base::Clock {
 public:
  [[nodiscard]] base::SystemTime system_now() const override {
    return base::SystemTime(std::chrono::hours(24 * 365 * 56)) + passed_.load();
  }
  [[nodiscard]] base::SteadyTime steady_now() const override {
    return base::SteadyTime(std::chrono::hours(1)) + passed_.load();
  }
  void advance(std::chrono::nanoseconds duration) { passed_ = passed_.load() + duration; }

 private:
  std::atomic<std::chrono::nanoseconds> passed_{std::chrono::nanoseconds(0)};
};

}  // namespace pratique_operator::controller

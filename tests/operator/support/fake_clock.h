// A clock that stands until a test moves it.
#pragma once

#include "base/clock.h"

namespace tests {

class FakeClock final : public base::Clock {
 public:
  // 2026-01-31T08:00:00Z
  static constexpr base::SystemTime kStart{std::chrono::seconds(1'769'846'400)};

  [[nodiscard]] base::SystemTime system_now() const override { return system_; }
  [[nodiscard]] base::SteadyTime steady_now() const override { return steady_; }
  void advance(std::chrono::nanoseconds by) {
    system_ += by;
    steady_ += std::chrono::duration_cast<base::SteadyTime::duration>(by);
  }

 private:
  base::SystemTime system_ = kStart;
  base::SteadyTime steady_{std::chrono::hours(1)};
};

}  // namespace tests

// For how long a blocking call may go on.
#pragma once

#include <algorithm>
#include <stop_token>
#include <utility>

#include "base/clock.h"

namespace base {

// Until somebody asks for a stop, and until a deadline.
struct Patience {
  Patience() = default;
  // Where a stop token is passed alone, nothing else ends the call.
  Patience(std::stop_token stop_token, SteadyTime end = SteadyTime::max())
      : stop(std::move(stop_token)), deadline(end) {}

  // The same, but no longer than until then.
  [[nodiscard]] Patience until(SteadyTime end) const { return {stop, std::min(deadline, end)}; }

  std::stop_token stop{};
  SteadyTime deadline = SteadyTime::max();
};

}  // namespace base

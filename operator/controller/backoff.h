// How long a failed key waits: exponential by key, and a token bucket over all keys, as client-go's queues do.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>

#include "base/clock.h"
#include "kubernetes/resource.h"

namespace pratique_operator::controller {

struct BackoffSettings {
  std::chrono::milliseconds delay_min{5};
  std::chrono::milliseconds delay_max{1'000'000};
  double retries_per_second = 10;
  double retries_burst = 100;
};

// Not thread-safe; time is a parameter.
class Backoff {
 public:
  explicit Backoff(BackoffSettings settings = {}) : settings_(settings), tokens_(settings.retries_burst) {}

  // The delay before the next try of this key, which has failed once more: the longer of its own and of the bucket's.
  [[nodiscard]] std::chrono::milliseconds next(const kubernetes::ObjectKey& key, base::SteadyTime now);
  // The key succeeded.
  void forget(const kubernetes::ObjectKey& key) { failures_.erase(key); }
  // Failures in a row.
  [[nodiscard]] int failures(const kubernetes::ObjectKey& key) const;

 private:
  [[nodiscard]] std::chrono::milliseconds bucket_delay(base::SteadyTime now);

  BackoffSettings settings_;
  std::map<kubernetes::ObjectKey, int> failures_;
  double tokens_;  // below zero: that much is lent from the future
  base::SteadyTime refilled_{};
};

}  // namespace pratique_operator::controller

#include "operator/controller/backoff.h"

#include <algorithm>
#include <cstdint>

namespace pratique_operator::controller {

std::chrono::milliseconds Backoff::next(const kubernetes::ObjectKey& key, base::SteadyTime now) {
  const int failures_before = failures_[key]++;
  std::chrono::milliseconds delay = settings_.delay_min;
  for (int i = 0; i < failures_before && delay < settings_.delay_max; ++i) delay *= 2;
  return std::max(std::min(delay, settings_.delay_max), bucket_delay(now));
}

int Backoff::failures(const kubernetes::ObjectKey& key) const {
  const auto found = failures_.find(key);
  return found == failures_.end() ? 0 : found->second;
}

std::chrono::milliseconds Backoff::bucket_delay(base::SteadyTime now) {
  const std::chrono::duration<double> passed = now - refilled_;
  tokens_ = std::min(settings_.retries_burst, tokens_ + passed.count() * settings_.retries_per_second);
  refilled_ = now;
  tokens_ -= 1;
  if (tokens_ >= 0) return std::chrono::milliseconds{0};
  return std::chrono::milliseconds(static_cast<std::int64_t>(-tokens_ / settings_.retries_per_second * 1000));
}

}  // namespace pratique_operator::controller

#include "operator/push_events/event_rate.h"

#include <algorithm>

#include "operator/push_events/limits.h"

namespace pratique_operator::push_events {

bool EventRate::take(const std::string& sender, std::size_t events, base::SteadyTime now) {
  return buckets_.with([&](auto& buckets) {
    Bucket& bucket = buckets.try_emplace(sender, Bucket{.tokens = kEventBurst, .filled_at = now}).first->second;
    const double seconds = std::chrono::duration<double>(now - bucket.filled_at).count();
    bucket.tokens = std::min(kEventBurst, bucket.tokens + seconds * kEventsPerSecond);
    bucket.filled_at = now;
    const auto wanted = static_cast<double>(events);
    if (bucket.tokens < wanted) return false;
    bucket.tokens -= wanted;
    return true;
  });
}

}  // namespace pratique_operator::push_events

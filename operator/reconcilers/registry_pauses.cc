#include "operator/reconcilers/registry_pauses.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace pratique_operator::reconcilers {
namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr int kTooManyRequests = 429;
constexpr const char* kThrottledTotal = "pratique_registry_throttled_total";
constexpr const char* kThrottledNow = "pratique_registries_throttled";

// Where the registry does not say how long.
constexpr std::chrono::seconds kPauseMin{30};
constexpr std::chrono::seconds kPauseMax{300};
constexpr std::chrono::seconds kProbeMax{30};
constexpr std::chrono::seconds kBehindProbe{2};
// A pause so soon after the last one is the same trouble still; what is older is forgotten.
constexpr std::chrono::minutes kMemory{5};
constexpr Milliseconds kSpreadMin{2'000};

std::chrono::seconds doubled(int in_a_row) {
  std::chrono::seconds pause = kPauseMin;
  for (int i = 1; i < in_a_row && pause < kPauseMax; ++i) pause *= 2;
  return std::min(pause, kPauseMax);
}

// A tenth of the pause, and at least two seconds.
Milliseconds spread(std::string_view who, Milliseconds rest) {
  const auto most = static_cast<std::size_t>(std::max(kSpreadMin, rest / 10).count());
  return Milliseconds(static_cast<std::int64_t>(std::hash<std::string_view>()(who) % most));
}

}  // namespace

RegistryPauses::RegistryPauses(const base::Clock& clock, net::Metrics& metrics, OnChange on_change)
    : clock_(clock), metrics_(metrics), on_change_(std::move(on_change)) {
  metrics_.describe(kThrottledTotal, "Requests and scans that a registry answered with 429.");
  metrics_.describe(kThrottledNow, "Registries that are left alone because they answered 429.");
}

void RegistryPauses::enter(const std::string& host) {
  const base::SteadyTime now = clock_.steady_now();
  const auto rest = pauses_.with([&](Pauses& pauses) {
    const auto rest_of_host = rest_of(pauses, host, now);
    const auto found = pauses.find(host);
    if (!rest_of_host && found != pauses.end() && !found->second.over) found->second.probe = now + kProbeMax;
    return rest_of_host;
  });
  if (rest) {
    throw LeftAlone("registry " + base::escape_text(host) + " has answered 429 and is left alone; nothing was sent",
                    kTooManyRequests, {}, std::chrono::ceil<std::chrono::seconds>(*rest));
  }
}

void RegistryPauses::answered(const std::string& host, int status, std::optional<std::chrono::seconds> retry_after) {
  const base::SteadyTime now = clock_.steady_now();
  const bool is_throttled = status == kTooManyRequests;
  if (is_throttled) metrics_.add(kThrottledTotal, {});
  const bool is_news = pauses_.with([&](Pauses& pauses) {
    if (is_throttled) {
      begin(pauses, host, retry_after);
      return true;
    }
    const auto found = pauses.find(host);
    // What was under way when the pause began says nothing of now.
    if (found == pauses.end() || found->second.over || now < found->second.until) return false;
    found->second.over = true;
    return true;
  });
  if (is_news) changed(host);
}

std::optional<Milliseconds> RegistryPauses::wait_of(const std::string& host, std::string_view who) const {
  const auto rest = pauses_.with([&](const Pauses& pauses) { return rest_of(pauses, host, clock_.steady_now()); });
  if (!rest) return std::nullopt;
  const auto whole = std::chrono::ceil<Milliseconds>(*rest);
  return whole + spread(who, whole);
}

std::optional<base::SystemTime> RegistryPauses::until(const std::string& host) const {
  const base::SteadyTime now = clock_.steady_now();
  return pauses_.with([&](const Pauses& pauses) -> std::optional<base::SystemTime> {
    const auto found = pauses.find(host);
    if (found == pauses.end() || found->second.until <= now) return std::nullopt;
    return found->second.shown;
  });
}

std::optional<base::SteadyTime::duration> RegistryPauses::rest_of(const Pauses& pauses, const std::string& host,
                                                                  base::SteadyTime now) {
  const auto found = pauses.find(host);
  if (found == pauses.end() || found->second.over) return std::nullopt;
  const Pause& pause = found->second;
  if (now < pause.until) return pause.until - now;
  if (pause.probe && now < *pause.probe) return kBehindProbe;
  return std::nullopt;
}

// Those that were under way together are answered 429 together: that is one pause, and the longest word counts.
void RegistryPauses::begin(Pauses& pauses, const std::string& host,
                           std::optional<std::chrono::seconds> retry_after) const {
  const base::SteadyTime now = clock_.steady_now();
  std::erase_if(pauses, [&](const auto& entry) { return entry.second.until + kMemory < now; });
  const auto [place, is_new] = pauses.try_emplace(host);
  Pause& pause = place->second;
  const bool is_running = !is_new && now < pause.until;
  if (!is_new && !is_running) ++pause.in_a_row;
  const std::chrono::seconds length = std::min(retry_after.value_or(doubled(pause.in_a_row)), kPauseMax);
  const base::SteadyTime until = now + length;
  pause.probe.reset();
  pause.over = false;
  if (is_running && until <= pause.until) return;
  pause.until = until;
  pause.shown = clock_.system_now() + length;
}

void RegistryPauses::changed(const std::string& host) {
  const auto paused = pauses_.with([&](const Pauses& pauses) {
    const base::SteadyTime now = clock_.steady_now();
    return std::ranges::count_if(pauses,
                                 [&](const auto& entry) { return !entry.second.over && now < entry.second.until; });
  });
  metrics_.set(kThrottledNow, {}, static_cast<double>(paused));
  on_change_(host);
}

}  // namespace pratique_operator::reconcilers

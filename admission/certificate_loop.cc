#include "admission/certificate_loop.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "admission/failpoints.h"
#include "base/error.h"
#include "base/failpoint.h"
#include "base/log.h"

namespace admission {
namespace {

// One round: what there is, who must trust it, what may be shown.
Trust keep_once(CertificateLoop& loop, CertificateSwitch& change) {
  const auto show = [&] {
    const auto next = change.next(loop.clock.steady_now());
    if (!next) return;
    loop.show(*next);
    base::failpoint(kCertificateShown);
  };
  change.offer(loop.source.current());
  show();
  const Trust trust = loop.trust.ensure(change.bundle());
  change.bundle_stands(loop.clock.steady_now());
  show();
  return trust;
}

}  // namespace

void keep_certificate(CertificateLoop loop, std::stop_token stop) {
  constexpr std::chrono::milliseconds kSoon{1'000};
  std::mutex mutex;
  std::condition_variable_any wake;
  CertificateSwitch change(loop.trust_delay);
  std::optional<base::SteadyTime> ready_at;
  while (!stop.stop_requested()) {
    std::chrono::milliseconds pause = std::min(loop.interval, kSoon);
    try {
      const Trust trust = keep_once(loop, change);
      const base::SteadyTime now = loop.clock.steady_now();
      // What was written just now the API server does not know yet.
      if (!ready_at) ready_at = trust == Trust::kWritten ? now + loop.trust_delay : now;
      if (loop.on_ready && *ready_at <= now) std::exchange(loop.on_ready, nullptr)();
      const bool quiet = trust != Trust::kNoConfiguration && !change.pending() && !loop.on_ready;
      if (quiet) pause = loop.interval;
    } catch (const base::Error& error) {
      base::log(base::LogLevel::kWarning, "certificate not kept", {{"error", std::string_view(error.what())}});
    }
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, pause, [] { return false; });
  }
}

}  // namespace admission

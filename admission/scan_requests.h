// Asking for scans, off the requests' path: wishes go into a bounded queue, one thread applies their ImageScans.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "admission/review_handler.h"
#include "base/clock.h"
#include "kubernetes/api_client.h"
#include "net/metrics.h"

namespace admission {

// Which wishes are worth a call: a token bucket for each namespace, and a pause for the same
// wish of one ImageScan. Not thread-safe.
class WishLimiter {
 public:
  enum class Answer { kPass, kRepeated, kTooMany };
  [[nodiscard]] Answer judge(const ScanWish& wish, base::SteadyTime now);

 private:
  struct Bucket {
    double tokens = 0;
    base::SteadyTime filled_at;
  };
  void forget_old(base::SteadyTime now);

  std::map<std::string, Bucket> buckets_;  // by namespace
  std::map<std::pair<kubernetes::ObjectKey, WishKind>, base::SteadyTime>
      asked_;  // by ImageScan and what was asked of it
};

// The ImageScan that a wish applies, by server-side apply: what admission said before and does not say again goes.
[[nodiscard]] nlohmann::json image_scan_for(const ScanWish& wish);
// What a wish changes of an ImageScan that is there, whoever made it; nullopt where it is to be applied.
[[nodiscard]] std::optional<nlohmann::json> patch_for(const ScanWish& wish, base::SystemTime now);

// Thread-safe. Borrows the metrics and the clock.
class ScanRequests {
 public:
  struct Dependencies {
    std::shared_ptr<kubernetes::ApiClient> client;
    const base::Clock& clock;
    net::Metrics& metrics;
  };
  explicit ScanRequests(Dependencies dependencies);
  ~ScanRequests();
  ScanRequests(const ScanRequests&) = delete;
  ScanRequests& operator=(const ScanRequests&) = delete;

  // Queues the wish, those that a request waits for before the others; beyond the limits drops and counts it, and
  // returns false. Does not wait.
  bool ask(ScanWish wish);

 private:
  void run(std::stop_token stop);
  void apply(const ScanWish& wish);

  Dependencies dependencies_;

  // Protected by mutex_.
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<ScanWish> waiting_;  // a request waits for these
  std::deque<ScanWish> routine_;
  WishLimiter limiter_;

  std::jthread thread_;  // last: it uses the others
};

}  // namespace admission

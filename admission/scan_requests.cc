#include "admission/scan_requests.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "admission/limits.h"
#include "base/error.h"
#include "base/log.h"
#include "crds/image_scan.h"

namespace admission {
namespace {

constexpr const char* kFieldManager = "pratique-admission";
constexpr const char* kRequestsMetric = "pratique_admission_scan_requests_total";
constexpr std::size_t kRememberedMax = 10'000;

}  // namespace

WishLimiter::Answer WishLimiter::judge(const ScanWish& wish, base::SteadyTime now) {
  if (buckets_.size() + asked_.size() > kRememberedMax) forget_old(now);
  const auto asked = asked_.find({wish.ns, wish.name});
  if (asked != asked_.end() && now - asked->second < kScanRequestPause) return Answer::kRepeated;
  const auto [at, is_new] = buckets_.try_emplace(wish.ns, Bucket{kScanRequestBurst, now});
  Bucket& bucket = at->second;
  const std::chrono::duration<double> passed = now - bucket.filled_at;
  const std::chrono::duration<double> interval = kScanRequestInterval;
  bucket.tokens = std::min(kScanRequestBurst, bucket.tokens + passed / interval);
  bucket.filled_at = now;
  if (bucket.tokens < 1) return Answer::kTooMany;
  bucket.tokens -= 1;
  asked_[{wish.ns, wish.name}] = now;
  return Answer::kPass;
}

// A bucket that would be full again and a pause that is over say nothing.
void WishLimiter::forget_old(base::SteadyTime now) {
  std::erase_if(asked_, [now](const auto& entry) { return now - entry.second >= kScanRequestPause; });
  std::erase_if(buckets_, [now](const auto& entry) {
    return now - entry.second.filled_at >= kScanRequestInterval * static_cast<int>(kScanRequestBurst);
  });
}

nlohmann::json image_scan_for(const ScanWish& wish, base::SystemTime now) {
  nlohmann::json metadata{{"name", wish.name}, {"namespace", wish.ns}};
  if (wish.kind == WishKind::kResolveAgain) {
    metadata["annotations"][std::string(crds::kRescanRequestedAt)] = base::format_rfc3339(now);
    return {{"apiVersion", crds::kImageScan.api_version()},
            {"kind", crds::kImageScan.kind},
            {"metadata", std::move(metadata)},
            {"spec", {{"image", wish.image}}}};
  }
  metadata["labels"][std::string(crds::kManagedByLabel)] = crds::kManagedByPratique;
  nlohmann::json spec{{"image", wish.image}, {"priority", "Admission"}};
  if (!wish.pull_secrets.empty()) spec["pullSecrets"] = wish.pull_secrets;
  return {{"apiVersion", crds::kImageScan.api_version()},
          {"kind", crds::kImageScan.kind},
          {"metadata", std::move(metadata)},
          {"spec", std::move(spec)}};
}

ScanRequests::ScanRequests(Dependencies dependencies)
    : dependencies_(std::move(dependencies)), thread_([this](std::stop_token stop) { run(std::move(stop)); }) {}

ScanRequests::~ScanRequests() = default;

void ScanRequests::ask(ScanWish wish) {
  const char* result = "queued";
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= kScanRequestsQueued) {
      result = "queue_full";
    } else {
      switch (limiter_.judge(wish, dependencies_.clock.steady_now())) {
        case WishLimiter::Answer::kPass:
          queue_.push_back(std::move(wish));
          break;
        case WishLimiter::Answer::kRepeated:
          result = "repeated";
          break;
        case WishLimiter::Answer::kTooMany:
          result = "rate_limited";
          break;
      }
    }
  }
  changed_.notify_one();
  dependencies_.metrics.add(kRequestsMetric, {{"result", result}});
}

void ScanRequests::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    ScanWish wish;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return !queue_.empty(); })) return;
      wish = std::move(queue_.front());
      queue_.pop_front();
    }
    apply(wish);
  }
}

// One round of the worker. What fails is counted and asked for again by the next attempt to create the pod.
void ScanRequests::apply(const ScanWish& wish) {
  try {
    const nlohmann::json scan = image_scan_for(wish, dependencies_.clock.system_now());
    dependencies_.client->apply(crds::kImageScan, scan, {.field_manager = kFieldManager, .subresource = {}});
    dependencies_.metrics.add(kRequestsMetric, {{"result", "applied"}});
  } catch (const base::Error& error) {
    dependencies_.metrics.add(kRequestsMetric, {{"result", "failed"}});
    base::log(base::LogLevel::kWarning, "scan could not be asked for",
              {{"namespace", wish.ns}, {"imagescan", wish.name}, {"error", std::string_view(error.what())}});
  }
}

}  // namespace admission

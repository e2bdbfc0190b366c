#include "admission/scan_requests.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "admission/failpoints.h"
#include "admission/limits.h"
#include "base/error.h"
#include "base/failpoint.h"
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
  const std::pair key{kubernetes::ObjectKey{wish.ns, wish.name}, wish.kind};
  const auto asked = asked_.find(key);
  if (asked != asked_.end() && now - asked->second < kScanRequestPause) return Answer::kRepeated;
  const auto [at, is_new] = buckets_.try_emplace(wish.ns, Bucket{kScanRequestBurst, now});
  Bucket& bucket = at->second;
  const std::chrono::duration<double> passed = now - bucket.filled_at;
  const std::chrono::duration<double> interval = kScanRequestInterval;
  bucket.tokens = std::min(kScanRequestBurst, bucket.tokens + passed / interval);
  bucket.filled_at = now;
  if (bucket.tokens < 1) return Answer::kTooMany;
  bucket.tokens -= 1;
  asked_[key] = now;
  return Answer::kPass;
}

// A bucket that would be full again and a pause that is over say nothing.
void WishLimiter::forget_old(base::SteadyTime now) {
  std::erase_if(asked_, [now](const auto& entry) { return now - entry.second >= kScanRequestPause; });
  std::erase_if(buckets_, [now](const auto& entry) {
    return now - entry.second.filled_at >= kScanRequestInterval * static_cast<int>(kScanRequestBurst);
  });
}

nlohmann::json image_scan_for(const ScanWish& wish) {
  nlohmann::json metadata{{"name", wish.name}, {"namespace", wish.ns}};
  nlohmann::json spec{{"image", wish.image}};
  if (wish.kind == WishKind::kScan) {
    metadata["labels"][std::string(crds::kManagedByLabel)] = crds::kManagedByPratique;
    spec["priority"] = wish.urgency == WishUrgency::kWaiting ? "Admission" : "High";
  }
  if (!wish.pull_secrets.empty()) spec["pullSecrets"] = wish.pull_secrets;
  return {{"apiVersion", crds::kImageScan.api_version()},
          {"kind", crds::kImageScan.kind},
          {"metadata", std::move(metadata)},
          {"spec", std::move(spec)}};
}

std::optional<nlohmann::json> patch_for(const ScanWish& wish, base::SystemTime now) {
  if (wish.kind == WishKind::kHurry) return nlohmann::json{{"spec", {{"priority", "Admission"}}}};
  if (wish.kind != WishKind::kResolveAgain) return std::nullopt;
  nlohmann::json patch;
  for (const std::string_view name : {crds::kRescanRequestedAt, crds::kResolutionRequestedAt})
    patch["metadata"]["annotations"][std::string(name)] = base::format_rfc3339(now);
  return patch;
}

ScanRequests::ScanRequests(Dependencies dependencies)
    : dependencies_(std::move(dependencies)), thread_([this](std::stop_token stop) { run(std::move(stop)); }) {}

ScanRequests::~ScanRequests() = default;

bool ScanRequests::ask(ScanWish wish) {
  const char* result = "queued";
  bool asked = true;
  {
    const std::lock_guard lock(mutex_);
    std::deque<ScanWish>& queue = wish.urgency == WishUrgency::kWaiting ? waiting_ : routine_;
    if (queue.size() >= kScanRequestsQueued) {
      asked = false;
      result = "queue_full";
    } else {
      switch (limiter_.judge(wish, dependencies_.clock.steady_now())) {
        case WishLimiter::Answer::kPass:
          queue.push_back(std::move(wish));
          break;
        case WishLimiter::Answer::kRepeated:
          result = "repeated";
          break;
        case WishLimiter::Answer::kTooMany:
          asked = false;
          result = "rate_limited";
          break;
      }
    }
  }
  changed_.notify_one();
  dependencies_.metrics.add(kRequestsMetric, {{"result", result}});
  return asked;
}

void ScanRequests::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    ScanWish wish;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return !waiting_.empty() || !routine_.empty(); })) return;
      std::deque<ScanWish>& queue = waiting_.empty() ? routine_ : waiting_;
      wish = std::move(queue.front());
      queue.pop_front();
    }
    apply(wish);
  }
}

// One round of the worker. What fails is counted and asked for again by the next attempt to create the pod.
void ScanRequests::apply(const ScanWish& wish) {
  try {
    kubernetes::ApiClient& client = *dependencies_.client;
    if (const auto patch = patch_for(wish, dependencies_.clock.system_now())) {
      client.merge_patch(crds::kImageScan, {wish.ns, wish.name}, *patch, "");
    } else {
      client.apply(crds::kImageScan, image_scan_for(wish), {.field_manager = kFieldManager, .subresource = {}});
    }
    base::failpoint(kScanAsked);
    dependencies_.metrics.add(kRequestsMetric, {{"result", "applied"}});
  } catch (const base::Error& error) {
    dependencies_.metrics.add(kRequestsMetric, {{"result", "failed"}});
    base::log(base::LogLevel::kWarning, "scan could not be asked for",
              {{"namespace", wish.ns}, {"imagescan", wish.name}, {"error", std::string_view(error.what())}});
  }
}

}  // namespace admission

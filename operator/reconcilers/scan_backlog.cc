#include "operator/reconcilers/scan_backlog.h"

#include <algorithm>

namespace pratique_operator::reconcilers {
namespace {

constexpr const char* kUnscanned = "pratique_unscanned_images";
constexpr const char* kOldest = "pratique_oldest_unscanned_image_age_seconds";
constexpr std::chrono::seconds kPeriod{15};

bool is_unscanned(const crds::ImageScan& scan) {
  if (scan.spec.suspend || !scan.metadata.deletion_timestamp.empty()) return false;
  const kubernetes::Condition* scanned = kubernetes::find_condition(scan.status.conditions, crds::kScanned);
  return scanned == nullptr || scanned->status != "True";
}

// What the object tells of it: one that never resolved was never scanned either.
base::SystemTime first_guess(const crds::ImageScan& scan, base::SystemTime now) {
  const kubernetes::Condition* scanned = kubernetes::find_condition(scan.status.conditions, crds::kScanned);
  const bool never = scanned == nullptr || scan.status.digest.empty();
  return base::parse_rfc3339(never ? scan.metadata.creation_timestamp : scanned->last_transition_time).value_or(now);
}

}  // namespace

ScanBacklog backlog_of(const kubernetes::Store<crds::ImageScan>& scans, UnscannedSince& since, base::SystemTime now) {
  ScanBacklog backlog;
  UnscannedSince still;
  scans.for_each([&](const kubernetes::ObjectKey& key, const crds::ImageScan& scan) {
    if (!is_unscanned(scan)) return;
    const auto known = since.find(key);
    const base::SystemTime begin = known != since.end() ? known->second : first_guess(scan, now);
    still.emplace(key, begin);
    ++backlog.unscanned;
    backlog.oldest = std::max(backlog.oldest, std::chrono::duration_cast<std::chrono::seconds>(now - begin));
  });
  since = std::move(still);
  return backlog;
}

ScanBacklogReconciler::ScanBacklogReconciler(const kubernetes::Store<crds::ImageScan>& scans, const base::Clock& clock,
                                             net::Metrics& metrics)
    : scans_(scans), clock_(clock), metrics_(metrics) {
  metrics_.describe(kUnscanned, "ImageScans without a scan that counts.");
}

controller::Result ScanBacklogReconciler::reconcile(const kubernetes::ObjectKey& /*key*/, std::stop_token /*stop*/) {
  const ScanBacklog backlog = backlog_of(scans_, since_, clock_.system_now());
  metrics_.set(kUnscanned, {}, static_cast<double>(backlog.unscanned));
  metrics_.set(kOldest, {}, static_cast<double>(backlog.oldest.count()));
  return {.requeue_after = kPeriod};
}

}  // namespace pratique_operator::reconcilers

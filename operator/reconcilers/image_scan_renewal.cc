// ImageScanReconciler: reports that an older scanner made are made again, behind all other work.
#include <algorithm>

#include "operator/reconcilers/announcements.h"
#include "operator/reconcilers/image_scan_pass.h"

namespace pratique_operator::reconcilers {
namespace {

using controller::Result;
using crds::ImageReport;

// After a renewal: whether it succeeded, or is to be tried again.
constexpr std::chrono::hours kRenewalCheck{1};

}  // namespace

void ImageScanReconciler::note_age(Pass& pass, const ImageReport& report) {
  const std::optional<base::SystemTime> due_at = renewals_.due_at(report, pass.now);
  if (due_at && *due_at <= pass.now) {
    pass.outdated.push_back(
        {.platform = report.spec.platform, .digest = report.spec.digest, .report = report.metadata.name});
  } else {
    pass.look_again_at(due_at);
  }
}

Result ImageScanReconciler::renew_reports(Pass& pass, Result next) {
  if (pass.outdated.empty()) {
    return next;
  }
  if (const auto rest = rest_of(pass)) {
    return {.requeue_after = *rest, .priority = controller::Priority::kBackground};
  }
  const std::optional<HostTurns::Turn> turn = take_turn(pass);
  if (!turn) {
    return {.requeue_after = turn_pause(pass), .priority = controller::Priority::kBackground};
  }
  if (!renewals_.take_turn(pass.key)) {
    return {.requeue_after = std::chrono::milliseconds(0), .priority = controller::Priority::kBackground};
  }
  pass.renewing = true;
  renewals_.note_try(pass.outdated, pass.now);
  if (!pass.access) {
    const std::string digest = pass.scan.status.digest;
    resolve(pass);
    if (pass.scan.status.digest != digest) {
      // The tag has moved: the next pass follows it.
      write_status(pass);
      return {.requeue_after = std::chrono::milliseconds(0)};
    }
  }
  for (const crds::ScannedPlatform& platform : pass.outdated) {
    renew_report(pass, platform);
  }
  write_status(pass);
  const std::chrono::milliseconds next_try = kRenewalCheck;
  return {.requeue_after = std::min(next.requeue_after.value_or(next_try), next_try)};
}

void ImageScanReconciler::renew_report(Pass& pass, const crds::ScannedPlatform& platform) {
  const Flight flight(in_flight_, platform.digest);
  const std::optional<ImageReport> present = find_report(pass, platform);
  if (!flight.mine() || !present || !is_outdated(*present)) {
    return;
  }
  const ImageReport report = make_report(pass, platform);
  enter(pass, ScanStep::kStore);
  // Neither a scanner that is as old as before nor a missing database may take the place of what is there.
  if (report.spec.database_generation && !is_outdated(report)) {
    store_report(report);
  }
}

// What is known stays as true as it was; only that it could not be renewed is told.
void ImageScanReconciler::tell_of_old_report(const Pass& pass, const Failure& failure) {
  tell(with_.events, crds::kImageScan, pass.scan.metadata,
       {{.severity = kubernetes::EventSeverity::kWarning,
         .reason = "RenewalFailed",
         .action = "Scan",
         .note = "the report of an older scanner stays: " + failure.reason + ": " + failure.message}});
}

}  // namespace pratique_operator::reconcilers

// ImageScanReconciler: a pass that has to wait for its registry: for a turn among the images that may be scanned at a
// time, or until the registry that answered 429 may be asked again.
#include <chrono>

#include "operator/reconcilers/image_scan_pass.h"

namespace pratique_operator::reconcilers {
namespace {

// Who waits for a turn at a registry looks again so often, without a request to anybody: thousands may wait.
constexpr std::chrono::seconds kTurnPause{5};
constexpr std::chrono::seconds kHurriedTurnPause{1};  // where a pod waits

// The same words as long as it lasts, so that a pause costs each ImageScan one write.
std::string left_alone(const std::string& host) {
  return host + " has answered 429 and is left alone; throttledUntil of its ScanRegistry says until when";
}

}  // namespace

std::optional<HostTurns::Turn> ImageScanReconciler::take_turn(const Pass& pass) {
  return turns_.take(pass.reference.host, with_.scans_at_once(pass.reference.host));
}

std::chrono::seconds ImageScanReconciler::turn_pause(const Pass& pass) {
  return pass.scan.spec.priority == crds::ScanPriority::kAdmission ? kHurriedTurnPause : kTurnPause;
}

std::optional<std::chrono::milliseconds> ImageScanReconciler::rest_of(const Pass& pass) const {
  return with_.resolver.rest_of(request_for(pass), pass.key.text());
}

// What is known from before stays as true as it was, and is not even written: else the next pass would take what this
// one could not look at for looked at.
controller::Result ImageScanReconciler::wait_to_resolve(Pass& pass, std::chrono::milliseconds rest) {
  if (kubernetes::find_condition(pass.scan.status.conditions, crds::kResolved)->status != "True") {
    set_failed(pass.scan.status, ScanStep::kResolve,
               {.reason = "RateLimited",
                .message = left_alone(pass.reference.host),
                .remedy = Remedy::kRetry,
                .retry_after = {}},
               pass.now);
    write_status(pass);
  }
  return {.requeue_after = rest};
}

std::optional<std::chrono::milliseconds> ImageScanReconciler::wait_to_scan(Pass& pass) const {
  const std::optional<std::chrono::milliseconds> rest = rest_of(pass);
  if (rest) set_scanning(pass.scan.status, "waits: " + left_alone(pass.reference.host), pass.now);
  return rest;
}

}  // namespace pratique_operator::reconcilers

// ImageScanReconciler: the report of one platform: the one that is there, or one of what a scanner reads now.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/failpoint.h"
#include "crds/duration.h"
#include "operator/failpoints.h"
#include "operator/reconcilers/field_owner.h"
#include "operator/reconcilers/image_scan_pass.h"
#include "operator/reconcilers/inventory_attestation.h"
#include "operator/reconcilers/report_building.h"
#include "operator/reconcilers/resolution_times.h"

namespace pratique_operator::reconcilers {
namespace {

using crds::ImageReport;
using crds::ImageScan;
using kubernetes::ObjectKey;

constexpr std::string_view kThrottled = "RateLimited";  // the registry answered the scanner 429

scanner::ScanRequest scan_request(const ImageScan& scan, const crds::ScannedPlatform& platform,
                                  const base::ImageReference& source, const scanner::RegistryAccess& access) {
  scanner::ScanRequest request{
      .reference = source.text(), .digest = platform.digest, .platform = platform.platform, .access = access};
  if (scan.status.digest != platform.digest) request.index = scan.status.digest;
  request.compressed_bytes_max =
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, scan.spec.limits.max_bytes.value_or(0)));
  request.timeout = crds::parse_duration(scan.spec.limits.timeout).value_or(std::chrono::seconds{0});
  return request;
}

// Whether another place to read the image from might do; docs/formats/scan-service.md.
bool is_of_the_source(const scanner::ScanFailure& failure) {
  constexpr std::array<std::string_view, 8> kReasons = {"InvalidImage",    "Unauthorized",       "Forbidden",
                                                        "RealmNotTrusted", "NotFound",           kThrottled,
                                                        "RegistryError",   "RegistryUnreachable"};
  return std::ranges::find(kReasons, failure.reason) != kReasons.end();
}

// Of an inventory or of a report.
template <typename Warnings>
bool is_from_elsewhere(const Warnings& warnings) {
  return std::ranges::any_of(warnings, [](const auto& one) { return one.reason == kScannedElsewhere; });
}

bool has_own_limits(const ImageScan& scan) {
  return scan.spec.limits.max_bytes.has_value() || !scan.spec.limits.timeout.empty();
}

}  // namespace

bool ImageScanReconciler::counts(const Pass& pass, const ImageReport& report) const {
  // Of many warnings a report keeps some: the key says it, too.
  const std::string& key = report.spec.attestation_key;
  if (key.empty() && !is_from_elsewhere(report.spec.warnings)) return true;
  return !wants_own_scan(pass.scan) && with_.accepts_key(key);
}

// The store may lag behind what another worker has just written, and a scan costs more than a GET. A report counts
// whatever scanner made it: scanners and operator are upgraded one after the other, and an old answer is better than
// none.
std::optional<ImageReport> ImageScanReconciler::find_report(const Pass& pass, const crds::ScannedPlatform& platform) {
  const ObjectKey key{.ns = {}, .name = platform.report};
  const auto known = with_.reports.get(key);
  if (known && counts(pass, *known)) {
    return *known;
  }
  const std::optional<nlohmann::json> stored = with_.api.get(crds::kImageReport, key);
  std::optional<ImageReport> report = stored ? std::optional(stored->get<ImageReport>()) : std::nullopt;
  return report && counts(pass, *report) ? std::move(report) : std::nullopt;
}

ImageReport ImageScanReconciler::make_report(Pass& pass, const crds::ScannedPlatform& platform) {
  enter(pass, ScanStep::kScan);
  const base::SteadyTime began = with_.clock.steady_now();
  const scanner::Inventory inventory = ask_scanner(pass, platform);
  base::failpoint(kInventoryReceived);
  const std::chrono::duration<double> took = with_.clock.steady_now() - began;
  with_.metrics.observe("pratique_scan_duration_seconds", {}, took.count());
  with_.metrics.add("pratique_scans_total", {{"result", inventory.complete ? "complete" : "incomplete"}});
  if (inventory.digest != platform.digest) {
    throw base::ParseError("the scanner answered for " + inventory.digest + " when asked for " + platform.digest);
  }
  refresh_version(pass);
  crds::ImageScanStatus& status = pass.scan.status;
  const std::int64_t seconds = std::chrono::ceil<std::chrono::seconds>(took).count();
  const bool is_own = !is_from_elsewhere(inventory.warnings);
  status.bytes_fetched = static_cast<std::int64_t>(inventory.compressed_bytes);
  status.duration = std::to_string(seconds) + "s";
  if (is_own) {
    with_.meter.add(pass.reference.host, pass.key.ns, {.scans = 1, .bytes = *status.bytes_fetched, .seconds = seconds});
  }
  status.last_scan_time = base::format_rfc3339(with_.clock.system_now());
  // What a namespace limited for itself must not shape the report that others share.
  if (!inventory.complete && has_own_limits(pass.scan)) {
    throw scanner::ScanFailed({.reason = "LimitExceeded",
                               .message = "the image could not be read whole within spec.limits; raise or remove them",
                               .retry_after = {}});
  }
  return build_report(inventory, with_.matching.match(inventory),
                      is_own ? std::optional(pass.access->attached_sboms) : std::nullopt);
}

// A mirror that names a manifest need not have its layers: the next try asks somebody else.
scanner::Inventory ImageScanReconciler::ask_scanner(Pass& pass, const crds::ScannedPlatform& platform) {
  InventorySource& source = wants_own_scan(pass.scan) ? with_.scanners : with_.inventories;
  try {
    return source.scan(scan_request(pass.scan, platform, pass.source, *pass.access),
                       pass.largest_layers[platform.digest], pass.stop);
  } catch (const scanner::ScanFailed& error) {
    if (error.failure().reason == kThrottled) with_.resolver.note_throttled(pass.source, error.failure().retry_after);
    const bool of_mirror = pass.source.name() != pass.reference.name();
    if (of_mirror && is_of_the_source(error.failure())) with_.resolver.avoid(pass.source);
    throw;
  }
}

void ImageScanReconciler::store_report(const ImageReport& report) {
  with_.api.apply(crds::kImageReport, report, {.field_manager = kFieldOwner, .subresource = {}});
  base::failpoint(kReportWritten);
}

}  // namespace pratique_operator::reconcilers

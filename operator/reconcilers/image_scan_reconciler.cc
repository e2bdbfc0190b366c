#include "operator/reconcilers/image_scan_reconciler.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/failpoint.h"
#include "base/image_reference.h"
#include "crds/object_names.h"
#include "operator/failpoints.h"
#include "operator/reconcilers/announcements.h"
#include "operator/reconcilers/digest_drift.h"
#include "operator/reconcilers/field_owner.h"
#include "operator/reconcilers/image_scan_pass.h"
#include "operator/reconcilers/registry_pauses.h"
#include "operator/reconcilers/resolution_times.h"
#include "operator/reconcilers/workload_reconciler.h"

namespace pratique_operator::reconcilers {
namespace {

using controller::Result;
using crds::ImageReport;
using crds::ImageScan;
using kubernetes::ObjectKey;

// A worker that waits for another's scan is woken by the watch; this is for a report that never comes.
constexpr std::chrono::seconds kOtherScanPause{10};

// Empty where the image has no layers.
std::string largest_layer(const registry::ResolvedImage::Entry& entry) {
  const auto largest = std::ranges::max_element(entry.layers, {}, &registry::Descriptor::size);
  return largest == entry.layers.end() ? std::string() : largest->digest.text();
}

}  // namespace

ImageScanReconciler::ImageScanReconciler(ImageScanSurroundings surroundings) : with_(std::move(surroundings)) {
  with_.metrics.describe("pratique_scans_total", "Scans asked of pratique-scanner, by how they ended.");
}

Result ImageScanReconciler::reconcile(const ObjectKey& key, std::stop_token stop) {
  const auto scan = with_.scans.get(key);
  if (!scan || !scan->metadata.deletion_timestamp.empty()) {
    places_.with([&](auto& places) { places.erase(key); });
    proved_.with([&](auto& proved) { proved.erase(key); });
    renewals_.forget(key);
    return {};
  }
  base::failpoint(kScanTaken);
  Pass pass(*scan, with_.clock.system_now(), std::move(stop));
  if (pass.scan.spec.suspend) {
    set_suspended(pass.scan.status, pass.now);
    write_status(pass);
    return {};
  }
  return this->scan(pass);
}

Result ImageScanReconciler::scan(Pass& pass) {
  enter(pass, ScanStep::kRead);
  pass.reference = base::parse_image_reference(pass.scan.spec.image);
  const Need need = need_of_resolution(pass);
  pass.scan.status.image = pass.reference.text();
  pass.scan.status.used_by = with_.view.used_by(pass.scan);
  if (need != Need::kNone) pass.rest = rest_of(pass);
  if (pass.rest && need == Need::kProof) return wait_to_resolve(pass, *pass.rest);
  if (need == Need::kProof || (need == Need::kNews && !pass.rest && !confirm(pass))) {
    resolve(pass);
  }
  compare_with_running(pass);
  if (const std::optional<std::chrono::milliseconds> pause = collect_reports(pass)) {
    write_status(pass);
    return {.requeue_after = *pause};
  }
  conclude(pass);
  return renew_reports(pass, schedule(pass));
}

Result ImageScanReconciler::schedule(Pass& pass) {
  const std::optional<base::SystemTime> resolved_at = base::parse_rfc3339(pass.scan.status.resolved_at);
  const std::optional<base::SystemTime> next_scan =
      resolved_at ? next_resolution(pass.scan, *pass.scan.status.used_by, *resolved_at) : std::nullopt;
  std::optional<base::SystemTime> next = pass.next_look;
  pass.scan.status.next_scan_time.clear();
  if (next_scan) {
    pass.scan.status.next_scan_time = base::format_rfc3339(*next_scan);
    next = std::min(next.value_or(*next_scan), *next_scan);
  }
  write_status(pass);
  base::failpoint(kVerdictPublished);
  if (!next) {
    return {};
  }
  const auto pause = std::chrono::ceil<std::chrono::milliseconds>(*next - with_.clock.system_now());
  return {.requeue_after = std::max(pause, pass.rest.value_or(std::chrono::milliseconds(1000)))};
}

ImageScanReconciler::Need ImageScanReconciler::need_of_resolution(const Pass& pass) const {
  const crds::ImageScanStatus& status = pass.scan.status;
  const kubernetes::Condition* resolved = kubernetes::find_condition(status.conditions, crds::kResolved);
  if (status.digest.empty() || status.image != pass.reference.text() || resolved->status != "True" ||
      pass.written.observed_generation != pass.scan.metadata.generation.value_or(0) ||
      status.rescan_handled != rescan_request(pass.scan)) {
    return Need::kProof;
  }
  const std::optional<base::SystemTime> resolved_at = base::parse_rfc3339(status.resolved_at);
  if (!resolved_at) {
    return Need::kProof;
  }
  const std::optional<base::SystemTime> next = next_resolution(pass.scan, with_.view.used_by(pass.scan), *resolved_at);
  return next && *next <= pass.now ? Need::kNews : Need::kNone;
}

ResolveRequest ImageScanReconciler::request_for(const Pass& pass) const {
  ResolveRequest request{
      .reference = pass.reference, .platforms = {}, .ns = pass.key.ns, .pull_secrets = pass.scan.spec.pull_secrets};
  for (const std::string& platform : pass.scan.spec.platforms) {
    request.platforms.push_back(registry::parse_platform(platform));
  }
  if (request.platforms.empty()) {
    request.platforms = with_.node_platforms();
  }
  return request;
}

// A tag in use is asked for every few minutes, and registries count pulls: what this process has seen proved is asked
// for by a HEAD alone.
bool ImageScanReconciler::confirm(Pass& pass) {
  enter(pass, ScanStep::kResolve);
  const ResolveRequest request = request_for(pass);
  const bool is_proved = proved_.with([&](const auto& proved) {
    const auto found = proved.find(pass.key);
    return found != proved.end() && found->second == request.platforms;
  });
  const std::optional<base::Digest> digest = base::Digest::parse(pass.scan.status.digest);
  if (!is_proved || !digest || !with_.resolver.still_means(request, *digest, pass.stop)) {
    return false;
  }
  pass.scan.status.resolved_at = base::format_rfc3339(pass.now);
  return true;
}

void ImageScanReconciler::resolve(Pass& pass) {
  enter(pass, ScanStep::kResolve);
  const ResolveRequest request = request_for(pass);
  proved_.with([&](auto& proved) { proved.erase(pass.key); });
  ResolvedReference resolved = with_.resolver.resolve(request, pass.stop);
  if (resolved.image.is_artifact) throw NotAnImage(pass.reference.text() + " is not a container image");
  if (resolved.image.manifests.empty()) {
    throw NoPlatform(pass.reference.text() + " has no manifest for any of the wanted platforms");
  }
  Resolution resolution{.image = pass.reference.text(), .digest = resolved.image.digest.text(), .platforms = {}};
  resolution.told_by = resolved.told_by;
  if (resolved.source.name() != pass.reference.name()) resolution.read_in = resolved.source.host;
  for (const registry::ResolvedImage::Entry& entry : resolved.image.manifests) {
    resolution.platforms.push_back({.platform = entry.platform.text(),
                                    .digest = entry.digest.text(),
                                    .report = crds::image_report_name(entry.digest)});
    pass.largest_layers[entry.digest.text()] = largest_layer(entry);
  }
  set_resolved(pass.scan.status, resolution, pass.now);
  pass.scan.status.rescan_handled = rescan_request(pass.scan);
  proved_.with([&](auto& proved) { proved[pass.key] = request.platforms; });
  pass.access = std::move(resolved.access);
  pass.source = std::move(resolved.source);
  base::failpoint(kReferenceResolved);
}

std::optional<std::chrono::milliseconds> ImageScanReconciler::collect_reports(Pass& pass) {
  enter(pass, ScanStep::kStore);
  const auto is_here = [&](const crds::ScannedPlatform& platform) {
    const auto report = with_.reports.get({.ns = {}, .name = platform.report});
    return report && counts(pass, *report);
  };
  const auto has_report = [&](const crds::ScannedPlatform& platform) {
    return find_report(pass, platform).has_value();
  };
  std::optional<HostTurns::Turn> turn;
  if (!std::ranges::all_of(pass.scan.status.platforms, is_here)) {
    if (const auto rest = wait_to_scan(pass)) return rest;
    turn = take_turn(pass);
    if (!turn) {
      set_scanning(pass.scan.status, "waits for its turn: rateLimit.concurrent of " + pass.reference.host, pass.now);
      return turn_pause(pass);
    }
  }
  if (!pass.access && !std::ranges::all_of(pass.scan.status.platforms, has_report)) {
    resolve(pass);
  }
  const std::vector<crds::ScannedPlatform> platforms = pass.scan.status.platforms;
  for (const crds::ScannedPlatform& platform : platforms) {
    enter(pass, ScanStep::kStore);
    const Flight flight(in_flight_, platform.digest);
    std::optional<ImageReport> report = find_report(pass, platform);
    if (!report && !flight.mine()) {
      set_scanning(pass.scan.status, platform.digest + " is being scanned for another ImageScan", pass.now);
      return kOtherScanPause;
    }
    if (!report) {
      set_scanning(pass.scan.status, "scanning " + platform.digest + " (" + platform.platform + ")", pass.now);
      write_status(pass);
      base::failpoint(kScanBegun);
      report = make_report(pass, platform);
      base::failpoint(kImageMatched);
      enter(pass, ScanStep::kStore);
      store_report(*report);
    }
    note_age(pass, *report);
    pass.platforms.push_back(platform_result(*report));
  }
  return std::nullopt;
}

void ImageScanReconciler::conclude(Pass& pass) {
  const bool matched = std::ranges::all_of(
      pass.platforms, [](const PlatformResult& platform) { return platform.database_generation.has_value(); });
  if (!matched) {
    set_failed(pass.scan.status, ScanStep::kScan,
               {.reason = "NoDatabase",
                .message = "the inventory is there, but there is no advisory database to match it with; see "
                           "kubectl describe vulnerabilitydatabase default",
                .remedy = Remedy::kRetry,
                .retry_after = {}},
               pass.now);
    return;
  }
  const RowJudges judges = with_.view.judges_of(pass.key.ns);
  NamespaceImage image{.reference = pass.scan.status.image, .digest = {}, .workloads = {}, .rows = {}};
  image.labels = with_.view.labels_of(pass.scan);
  ScanResult result{.platforms = pass.platforms,
                    .excepted =
                        [&](const crds::ReportRow& row, const std::string& digest) {
                          image.digest = digest;
                          return judges.exception_of(policy::facts_of(row), image).has_value();
                        },
                    .policy = with_.view.judge(pass.scan, pass.platforms)};
  pass.look_again_at(judges.next_change);
  set_scanned(pass.scan.status, result, pass.now);
  set_listed(pass.scan.status, with_.view.left_out(pass.scan), pass.now);
}

// Another digest than was judged gets an ImageScan of its own, so that what really runs has Findings.
void ImageScanReconciler::compare_with_running(Pass& pass) {
  constexpr std::size_t kOthersMax = 4;
  enter(pass, ScanStep::kStore);
  const std::vector<RunningImage> running = with_.view.running(pass.scan);
  set_drift(pass.scan.status, running, pass.now);
  std::set<std::string> others;
  for (const RunningImage& image : drifted(running, pass.scan.status)) {
    const std::optional<base::Digest> digest = base::Digest::parse(image.digest);
    if (!digest || others.size() == kOthersMax || !others.insert(image.digest).second) {
      continue;
    }
    const base::ImageReference other = pass.reference.at(*digest);
    if (!with_.scans.contains({.ns = pass.key.ns, .name = crds::image_scan_name(other)})) {
      with_.api.apply(crds::kImageScan, scan_for_workloads(pass.key.ns, other, pass.scan.spec.pull_secrets),
                      {.field_manager = kWorkloadFieldOwner, .subresource = {}});
    }
  }
}

void ImageScanReconciler::write_status(Pass& pass) {
  if (pass.scan.status == pass.written) {
    return;
  }
  const nlohmann::json stored = with_.api.replace(crds::kImageScan, pass.scan, "status");
  pass.scan.metadata.resource_version = kubernetes::resource_version_of(stored);
  tell(with_.events, crds::kImageScan, pass.scan.metadata,
       announce_scan(pass.written.conditions, pass.scan.status.conditions));
  pass.written = pass.scan.status;
}

// A scan takes seconds, in which a person or an event may have touched the object. The status is ours alone, and what
// they ask for is seen by the next pass, because their value is not the one that this pass has handled.
void ImageScanReconciler::refresh_version(Pass& pass) {
  const std::optional<nlohmann::json> stored = with_.api.get(crds::kImageScan, pass.key);
  if (stored) {
    pass.scan.metadata.resource_version = kubernetes::resource_version_of(*stored);
  }
}

void ImageScanReconciler::enter(const Pass& pass, ScanStep step) {
  places_.with([&](auto& places) { places[pass.key] = {.step = step, .renewing = pass.renewing}; });
}

void ImageScanReconciler::report_failure(const ObjectKey& key, const base::Error& error) {
  const auto* api_error = dynamic_cast<const kubernetes::ApiError*>(&error);
  // Somebody else wrote first: the next try reads what they wrote.
  if (api_error != nullptr && api_error->conflict()) {
    return;
  }
  // Fresh, because this pass may have written a status that the store does not have yet.
  const std::optional<nlohmann::json> stored = with_.api.get(crds::kImageScan, key);
  if (!stored) {
    return;
  }
  const auto [step, renewing] = places_.with([&](auto& places) {
    const auto found = places.find(key);
    return found == places.end() ? Place{} : found->second;
  });
  const Failure failure = describe_failure(step, error);
  Pass pass(stored->get<ImageScan>(), with_.clock.system_now(), {});
  // Nothing was asked: another pass got ahead, and what is known stays as true as it was.
  const bool was_left_alone = dynamic_cast<const LeftAlone*>(&error) != nullptr;
  if (was_left_alone && kubernetes::find_condition(pass.scan.status.conditions, crds::kResolved)->status == "True") {
    return;
  }
  with_.metrics.add("pratique_scans_total", {{"result", "failed"}});
  if (renewing) {
    return tell_of_old_report(pass, failure);
  }
  if (step != ScanStep::kRead) {
    pass.scan.status.image = base::parse_image_reference(pass.scan.spec.image).text();
  }
  set_failed(pass.scan.status, step, failure, pass.now);
  write_status(pass);
}

}  // namespace pratique_operator::reconcilers

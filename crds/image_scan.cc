#include "crds/image_scan.h"

#include "crds/metadata_fields.h"
#include "crds/object_bytes.h"

namespace crds {

constexpr std::array<EnumWord<ScanPriority>, 4> enum_words(ScanPriority) {
  return {{{ScanPriority::kAdmission, "Admission"},
           {ScanPriority::kHigh, "High"},
           {ScanPriority::kNormal, "Normal"},
           {ScanPriority::kBackground, "Background"}}};
}

template <typename Visitor, MaybeConst<ScanLimits> C>
void visit_fields(Visitor& visit, C& limits) {
  visit("maxBytes", limits.max_bytes);
  visit("timeout", limits.timeout);
}

template <typename Visitor, MaybeConst<ImageScanSpec> C>
void visit_fields(Visitor& visit, C& spec) {
  visit("image", spec.image);
  visit("platforms", spec.platforms);
  visit("pullSecrets", spec.pull_secrets);
  visit("interval", spec.interval);
  visit("priority", spec.priority);
  visit("limits", spec.limits);
  visit("suspend", spec.suspend);
}

template <typename Visitor, MaybeConst<ScannedPlatform> C>
void visit_fields(Visitor& visit, C& platform) {
  visit("platform", platform.platform);
  visit("digest", platform.digest);
  visit("report", platform.report);
  visit("attestationKey", platform.attestation_key);
}

template <typename Visitor, MaybeConst<WorstFinding> C>
void visit_fields(Visitor& visit, C& finding) {
  visit("id", finding.id);
  visit("severity", finding.severity);
  visit("package", finding.package);
  visit("installed", finding.installed);
  visit("fixed", finding.fixed);
}

template <typename Visitor, MaybeConst<ImageDistribution> C>
void visit_fields(Visitor& visit, C& distribution) {
  visit("name", distribution.name);
  visit("version", distribution.version);
  visit("endOfLife", distribution.end_of_life);
}

template <typename Visitor, MaybeConst<UsedBy> C>
void visit_fields(Visitor& visit, C& used_by) {
  visit("workloads", used_by.workloads);
  visit("pods", used_by.pods);
}

template <typename Visitor, MaybeConst<Upgrade> C>
void visit_fields(Visitor& visit, C& upgrade) {
  visit("package", upgrade.package);
  visit("from", upgrade.from);
  visit("to", upgrade.to);
  visit("clears", upgrade.clears);
}

template <typename Visitor, MaybeConst<ImageScanStatus> C>
void visit_fields(Visitor& visit, C& status) {
  visit("observedGeneration", status.observed_generation);
  visit("image", status.image);
  visit("digest", status.digest);
  visit("resolvedAt", status.resolved_at);
  visit("rescanHandled", status.rescan_handled);
  visit("platforms", status.platforms);
  visit("counts", status.counts);
  visit("worst", status.worst);
  visit("complete", status.complete);
  visit("coverage", status.coverage);
  visit("distribution", status.distribution);
  visit("packages", status.packages);
  visit("bytesFetched", status.bytes_fetched);
  visit("duration", status.duration);
  visit("databaseGeneration", status.database_generation);
  visit("lastScanTime", status.last_scan_time);
  visit("nextScanTime", status.next_scan_time);
  visit("usedBy", status.used_by);
  visit("fixPlan", status.fix_plan);
  visit("conditions", status.conditions);
}

template <typename Visitor, MaybeConst<ImageScan> C>
void visit_fields(Visitor& visit, C& scan) {
  visit("metadata", scan.metadata);
  visit("spec", scan.spec);
  visit("status", scan.status);
}

void from_json(const nlohmann::json& json, ImageScan& scan) {
  read_fields(json, scan);
}
void from_json(const nlohmann::json& json, ImageScanStatus& status) {
  read_fields(json, status);
}

void to_json(nlohmann::json& json, const ImageScan& scan) {
  json = write_object(kImageScan, scan);
  if (scan.status == ImageScanStatus{}) json.erase("status");
}
void to_json(nlohmann::json& json, const ImageScanSpec& spec) {
  json = write_fields(spec);
}
void to_json(nlohmann::json& json, const ImageScanStatus& status) {
  json = write_fields(status);
}

std::string pack_object(const ImageScan& scan) {
  return written_bytes(scan);
}
void unpack_object(std::string_view bytes, ImageScan& scan) {
  scan = read_bytes<ImageScan>(bytes);
}

}  // namespace crds

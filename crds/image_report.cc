#include "crds/image_report.h"

#include "crds/metadata_fields.h"
#include "crds/object_bytes.h"

namespace crds {

template <typename Visitor, MaybeConst<ReportWarning> C>
void visit_fields(Visitor& visit, C& warning) {
  visit("reason", warning.reason);
  visit("path", warning.path);
  visit("message", warning.message);
  visit("count", warning.count);
}

template <typename Visitor, MaybeConst<ImageReportSpec> C>
void visit_fields(Visitor& visit, C& spec) {
  visit("digest", spec.digest);
  visit("platform", spec.platform);
  visit("scannerVersion", spec.scanner_version);
  visit("inventory", spec.inventory);
  visit("packages", spec.packages);
  visit("complete", spec.complete);
  visit("coverage", spec.coverage);
  visit("attachedSBOMs", spec.attached_sboms);
  visit("attestationKey", spec.attestation_key);
  visit("warnings", spec.warnings);
  visit("databaseGeneration", spec.database_generation);
  visit("vulnerabilities", spec.vulnerabilities);
  visit("counts", spec.counts);
  visit("contentHash", spec.content_hash);
  visit("matchFingerprint", spec.match_fingerprint);
}

template <typename Visitor, MaybeConst<ImageReport> C>
void visit_fields(Visitor& visit, C& report) {
  visit("metadata", report.metadata);
  visit("spec", report.spec);
}

void from_json(const nlohmann::json& json, ImageReport& report) {
  read_fields(json, report);
}
void to_json(nlohmann::json& json, const ImageReport& report) {
  json = write_object(kImageReport, report);
}

std::string pack_object(const ImageReport& report) {
  return written_bytes(report);
}
void unpack_object(std::string_view bytes, ImageReport& report) {
  report = read_bytes<ImageReport>(bytes);
}

}  // namespace crds

#include "tests/integration/admission/scanned_namespace.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "crds/image_report.h"
#include "crds/image_scan.h"
#include "crds/object_names.h"

namespace tests {

using nlohmann::json;

net::HttpResponse send_raw(const RawRequest& raw) {
  static const auto config = ControlPlane::instance().config();
  static const auto client = net::make_http_client({.tls = config->tls, .address_policy = {}});
  net::HttpRequest request{.method = raw.method, .url = config->server};
  request.url.target = raw.path;
  request.headers["Content-Type"] = raw.content_type;
  if (!raw.user.empty()) request.headers["Impersonate-User"] = raw.user;
  if (!raw.group.empty()) request.headers["Impersonate-Group"] = raw.group;
  request.body = raw.body;
  request.body_bytes_max = std::size_t{32} << 20;
  return client->send(request);
}

ScannedNamespace::ScannedNamespace(const std::string& prefix) : ns_(ControlPlane::instance().make_namespace(prefix)) {
  scanned(kBadImage, {bad_row()});
  scanned(kGoodImage, {});
  EXPECT_TRUE(eventually([&] { return dry_run_refusal(pod("probe", kGoodImage)).empty(); }));
  EXPECT_TRUE(
      eventually([&] { return dry_run_refusal(pod("probe", kBadImage)).find(kBadFinding) != std::string::npos; }));
}

crds::ReportRow ScannedNamespace::bad_row() {
  crds::ReportRow row;
  row.id = kBadFinding;
  row.aliases = {"GHSA-x84v-xcm2-53pg"};
  row.package_type = "pypi";
  row.package = "requests";
  row.installed = "2.19.0";
  row.fixed = "2.20.0";
  row.severity = crds::Severity::kHigh;
  row.purls = {"pkg:pypi/requests@2.19.0"};
  return row;
}

void ScannedNamespace::scanned(const std::string& image, const std::vector<crds::ReportRow>& rows) const {
  const base::Digest digest = digest_of(image);
  crds::ImageReport report;
  report.metadata.name = crds::image_report_name(digest);
  report.spec = {.digest = digest.text(),
                 .platform = "linux/amd64",
                 .scanner_version = "1",
                 .inventory = {},
                 .packages = 1,
                 .complete = true,
                 .warnings = {},
                 .database_generation = 1,
                 .vulnerabilities = crds::pack_report_rows(rows),
                 .counts = {},
                 .content_hash = {}};
  (void)cluster_.as_operator()->apply(crds::kImageReport, report, {.field_manager = "test", .subresource = {}});
  crds::ImageScan scan;
  scan.metadata.ns = ns_;
  scan.metadata.name = crds::image_scan_name(base::parse_image_reference(image));
  scan.spec.image = image;
  json made = cluster_.as_operator()->apply(crds::kImageScan, scan, {.field_manager = "test", .subresource = {}});
  crds::ImageScanStatus status;
  status.observed_generation = made["metadata"]["generation"];
  status.image = image;
  status.digest = digest.text();
  status.resolved_at = base::format_rfc3339(base::RealClock().system_now());
  status.platforms = {{"linux/amd64", digest.text(), report.metadata.name}};
  made["status"] = status;
  (void)cluster_.as_operator()->replace(crds::kImageScan, made, "status");
}

json ScannedNamespace::pod(const std::string& name, const std::string& image) const {
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata", {{"name", name}, {"namespace", ns_}}},
          {"spec", {{"containers", {{{"name", "web"}, {"image", image}}}}}}};
}

std::string ScannedNamespace::pods_path(const std::string& rest) const {
  return kPod.path(ns_) + rest;
}

std::string ScannedNamespace::refusal(const json& object, const kubernetes::ResourceType& type) const {
  try {
    (void)cluster_.admin()->create(type, object);
    return "";
  } catch (const kubernetes::ApiError& error) {
    return error.what();
  }
}

std::string ScannedNamespace::dry_run_refusal(const json& object) const {
  const net::HttpResponse response = send_raw({.path = pods_path("?dryRun=All"), .body = object.dump()});
  return response.status == 201 ? "" : response.body;
}

CommandResult ScannedNamespace::kubectl(std::vector<std::string> words) const {
  words.insert(words.end(), {"-n", ns_});
  return ControlPlane::instance().kubectl(words);
}

}  // namespace tests

#include "cli/scan_objects.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "base/error.h"
#include "base/image_reference.h"
#include "base/log.h"
#include "crds/image_report.h"
#include "crds/image_scan.h"
#include "crds/object_names.h"
#include "crds/report_rows.h"

namespace cli {
namespace {

using nlohmann::json;

crds::RowRating rating_of(const json& from) {
  return {.source = from.at("source"),
          .severity = crds::parse_severity(from.at("severity").get<std::string>()).value_or(crds::Severity::kUnknown),
          .vector = from.at("vector")};
}

crds::ReportRow row_of(const json& from) {
  crds::ReportRow row;
  row.id = from.at("id");
  row.aliases = from.at("aliases").get<std::vector<std::string>>();
  row.package_type = from.at("packageType");
  row.package = from.at("package");
  row.installed = from.at("installed");
  row.fixed = from.at("fixed");
  row.fix_date = from.at("fixDate");
  row.published = from.at("published");
  row.severity = crds::parse_severity(from.at("severity").get<std::string>()).value_or(crds::Severity::kUnknown);
  row.severity_source = from.at("severitySource");
  for (const json& rating : from.at("ratings")) row.ratings.push_back(rating_of(rating));
  row.purls = from.at("purls").get<std::vector<std::string>>();
  row.exploited_since = from.at("exploitedSince");
  row.ransomware = from.at("ransomware");
  row.epss = from.at("epss");
  row.epss_percentile = from.at("epssPercentile");
  return row;
}

crds::ImageReport report_of(const json& result, const base::Digest& digest) {
  crds::ImageReport report;
  report.metadata.name = crds::image_report_name(digest);
  report.spec.digest = digest.text();
  report.spec.platform = result.at("platform");
  report.spec.complete = result.at("complete");
  if (const json& programs = result.value("programs", json()); programs.is_object()) {
    report.spec.coverage = programs.at("coverage").get<std::int64_t>();
  }
  for (const json& warning : result.at("warnings")) {
    if (!warning.at("makesIncomplete").get<bool>()) continue;
    report.spec.warnings.push_back({.reason = warning.at("reason"),
                                    .path = warning.at("path"),
                                    .message = warning.at("message"),
                                    .count = warning.at("count")});
  }
  report.spec.database_generation = result.at("database").at("generation").get<std::int64_t>();
  std::vector<crds::ReportRow> rows;
  for (const json& vulnerability : result.at("vulnerabilities")) rows.push_back(row_of(vulnerability));
  report.spec.vulnerabilities = crds::pack_report_rows(rows);
  return report;
}

crds::ImageScan scan_of(const base::ImageReference& reference, const crds::ImageReport& report, base::SystemTime now) {
  crds::ImageScan scan;
  scan.metadata.name = crds::image_scan_name(reference);
  scan.spec.image = reference.text();
  scan.status.image = reference.text();
  scan.status.digest = reference.digest ? reference.digest->text() : report.spec.digest;
  scan.status.resolved_at = base::format_rfc3339(now);
  scan.status.last_scan_time = base::format_rfc3339(now);
  scan.status.platforms = {
      {.platform = report.spec.platform, .digest = report.spec.digest, .report = report.metadata.name}};
  return scan;
}

}  // namespace

std::vector<json> objects_of_scan(const std::string& image, const json& result, const std::set<std::string>& namespaces,
                                  base::SystemTime now) {
  if (image.starts_with("oci:") || image.starts_with("docker-archive:")) {
    throw base::ParseError(
        fmt::format("the scan result of {} has no name that a pod could use; say which one with --scan IMAGE=FILE",
                    base::escape_text(image)));
  }
  const base::ImageReference reference = base::parse_image_reference(image);
  try {
    const std::optional<base::Digest> digest = base::Digest::parse(result.at("digest").get<std::string>());
    if (!digest) throw base::ParseError("its digest is none");
    const crds::ImageReport report = report_of(result, *digest);
    std::vector<json> objects{json(report)};
    for (const std::string& ns : namespaces) {
      crds::ImageScan scan = scan_of(reference, report, now);
      scan.metadata.ns = ns;
      objects.emplace_back(scan);
    }
    return objects;
  } catch (const json::exception& error) {
    throw base::ParseError(
        fmt::format("the scan result of {}: {}", base::escape_text(image), base::escape_text(error.what(), 256)));
  }
}

}  // namespace cli

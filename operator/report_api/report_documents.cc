#include "operator/report_api/report_documents.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "base/error.h"
#include "crds/object_names.h"
#include "crds/packing.h"
#include "crds/report_rows.h"
#include "policy/vulnerability_id.h"

namespace pratique_operator::report_api {
namespace {

using crds::ImageReport;
using crds::ReportRow;
using nlohmann::json;

constexpr std::string_view kImages = "/api/v1/images";
constexpr std::string_view kVulnerabilities = "/api/v1/vulnerabilities/";
constexpr std::size_t kIdBytesMax = 128;
constexpr std::size_t kLimitDefault = 100;
constexpr std::size_t kLimitMax = 500;

json counts_of(const crds::SeverityCounts& counts) {
  return {
      {"critical", counts.critical}, {"high", counts.high},       {"medium", counts.medium},      {"low", counts.low},
      {"unknown", counts.unknown},   {"fixable", counts.fixable}, {"exploited", counts.exploited}};
}

json summary_of(const ReportSource& source, const ImageReport& report) {
  json summary = {{"digest", report.spec.digest},
                  {"platform", report.spec.platform},
                  {"references", source.references(report.spec.digest)},
                  {"packages", report.spec.packages},
                  {"complete", report.spec.complete},
                  {"scanned", report.spec.database_generation.has_value()},
                  {"counts", counts_of(report.spec.counts)}};
  if (report.spec.coverage) {
    summary["coverage"] = *report.spec.coverage;
  }
  if (report.spec.database_generation) {
    summary["databaseGeneration"] = *report.spec.database_generation;
  }
  return summary;
}

json row_of(const ReportRow& row) {
  json ratings = json::array();
  for (const crds::RowRating& rating : row.ratings) {
    ratings.push_back(
        {{"source", rating.source}, {"severity", crds::severity_name(rating.severity)}, {"vector", rating.vector}});
  }
  return {{"id", row.id},
          {"aliases", row.aliases},
          {"severity", crds::severity_name(row.severity)},
          {"severitySource", row.severity_source},
          {"package", {{"type", row.package_type}, {"name", row.package}, {"purls", row.purls}}},
          {"installed", row.installed},
          {"fixed", row.fixed},
          {"fixDate", row.fix_date},
          {"published", row.published},
          {"ratings", ratings},
          {"url", row.url},
          {"layer", row.layer},
          {"path", row.path},
          {"exploited", row.exploited()},
          {"exploitedSince", row.exploited_since},
          {"ransomware", row.ransomware},
          {"epss", row.epss},
          {"epssPercentile", row.epss_percentile}};
}

json report_of(const ReportSource& source, const ImageReport& report) {
  json document = summary_of(source, report);
  document["scannerVersion"] = report.spec.scanner_version;
  document["inventory"] = json::parse(crds::unpack_json(report.spec.inventory));
  document["warnings"] = json::array();
  for (const crds::ReportWarning& warning : report.spec.warnings) {
    document["warnings"].push_back(
        {{"reason", warning.reason}, {"path", warning.path}, {"message", warning.message}, {"count", warning.count}});
  }
  // A report that was never matched has no list, because an empty one would look clean.
  if (report.spec.database_generation) {
    document["vulnerabilities"] = json::array();
    for (const ReportRow& row : crds::unpack_report_rows(report.spec.vulnerabilities)) {
      document["vulnerabilities"].push_back(row_of(row));
    }
  }
  return document;
}

std::string query_value(const std::string& query, std::string_view name) {
  std::size_t at = 0;
  while (at < query.size()) {
    const std::size_t end = std::min(query.find('&', at), query.size());
    const std::string part = query.substr(at, end - at);
    if (part.starts_with(std::string(name) + "=")) {
      return part.substr(name.size() + 1);
    }
    at = end + 1;
  }
  return {};
}

ReportAnswer say(int status, const std::string& message) {
  return {.status = status, .body = json{{"message", message}}.dump()};
}

// What was scanned may hold anything, also bytes that are not UTF-8.
ReportAnswer answer_with(const json& document) {
  return {.status = 200, .body = document.dump(-1, ' ', false, json::error_handler_t::replace)};
}

// What `limit` says; nullopt: no number that it may be.
std::optional<std::size_t> limit_of(const std::string& query, std::size_t unsaid) {
  const std::string text = query_value(query, "limit");
  if (text.empty()) {
    return unsaid;
  }
  std::size_t limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error != std::errc() || end != text.data() + text.size() || limit == 0) {
    return std::nullopt;
  }
  return std::min(limit, kLimitMax);
}

// A page of reports, each of which `add` puts into the document.
template <typename Add>
ReportAnswer answer_page(const ReportSource& source, const std::string& query, std::size_t unsaid, json document,
                         const Add& add) {
  const std::optional<std::size_t> limit = limit_of(query, unsaid);
  if (!limit) {
    return say(400, "limit must be a number from 1 to 500");
  }
  const auto reports = source.list(query_value(query, "continue"), *limit);
  for (const auto& report : reports) {
    add(document, *report);
  }
  if (reports.size() == *limit) {
    document["continue"] = reports.back()->metadata.name;
  }
  return answer_with(document);
}

ReportAnswer answer_list(const ReportSource& source, const std::string& query) {
  return answer_page(source, query, kLimitDefault, {{"images", json::array()}},
                     [&source](json& document, const ImageReport& report) {
                       document["images"].push_back(summary_of(source, report));
                     });
}

bool is_called(const ReportRow& row, std::string_view id) {
  return policy::same_id(row.id, id) ||
         std::ranges::any_of(row.aliases, [id](const std::string& alias) { return policy::same_id(alias, id); });
}

json users_of(const ReportSource& source, const ImageReport& report) {
  json users = json::array();
  for (const ImageUser& user : source.users(report.spec.digest)) {
    users.push_back({{"namespace", user.ns}, {"kind", user.kind}, {"name", user.name}});
  }
  return users;
}

void count_one(json& document, const char* what) {
  document[what] = document[what].get<std::int64_t>() + 1;
}

// Nullopt: what is stored cannot be read.
std::optional<std::vector<ReportRow>> rows_of(const ImageReport& report) {
  try {
    return crds::unpack_report_rows(report.spec.vulnerabilities);
  } catch (const base::Error&) {
    return std::nullopt;
  }
}

// An image that has it, with the packages that carry it. What nobody has looked up, or looked at wholly, is counted:
// that it is not listed says nothing. So is a report that cannot be read, which must not hide the others of its page.
void add_if_affected(const ReportSource& source, const ImageReport& report, std::string_view id, json& document) {
  if (!report.spec.complete) {
    count_one(document, "incomplete");
  }
  if (!report.spec.database_generation) {
    return count_one(document, "unscanned");
  }
  const std::optional<std::vector<ReportRow>> all = rows_of(report);
  if (!all) {
    return count_one(document, "unreadable");
  }
  json rows = json::array();
  for (const ReportRow& row : *all) {
    if (is_called(row, id)) {
      rows.push_back(row_of(row));
    }
  }
  if (rows.empty()) {
    return;
  }
  document["images"].push_back({{"digest", report.spec.digest},
                                {"platform", report.spec.platform},
                                {"references", source.references(report.spec.digest)},
                                {"workloads", users_of(source, report)},
                                {"vulnerabilities", std::move(rows)}});
}

ReportAnswer answer_vulnerability(const ReportSource& source, const ReportQuestion& question) {
  const std::string id = question.path.substr(kVulnerabilities.size());
  if (id.empty() || id.size() > kIdBytesMax) {
    return say(400, "a vulnerability is named by an id: CVE-2021-44228, GHSA-...");
  }
  return answer_page(source, question.query, kLimitMax,
                     {{"id", id}, {"images", json::array()}, {"unscanned", 0}, {"incomplete", 0}, {"unreadable", 0}},
                     [&](json& document, const ImageReport& report) { add_if_affected(source, report, id, document); });
}

}  // namespace

ReportAnswer answer_report(const ReportSource& source, const ReportQuestion& question) {
  if (question.path == kImages) {
    return answer_list(source, question.query);
  }
  if (question.path.starts_with(std::string(kImages) + "/")) {
    const std::optional<base::Digest> digest = base::Digest::parse(question.path.substr(kImages.size() + 1));
    if (!digest) {
      return say(400, "images are named by digest: sha256: and 64 lower-case hex digits");
    }
    const auto report = source.get(crds::image_report_name(*digest));
    return report ? answer_with(report_of(source, *report)) : say(404, "no report of " + digest->text());
  }
  if (question.path.starts_with(kVulnerabilities)) {
    return answer_vulnerability(source, question);
  }
  return say(404, "there are /api/v1/images, /api/v1/images/{digest} and /api/v1/vulnerabilities/{id}");
}

}  // namespace pratique_operator::report_api

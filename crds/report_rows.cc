#include "crds/report_rows.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "crds/packing.h"

namespace crds {

namespace {

using nlohmann::json;

constexpr int kFormatVersion = 1;

// Empty values are left out: they cost a null in their column.
void put(json& row, const char* name, const std::string& value) {
  if (!value.empty()) row[name] = value;
}
void put(json& row, const char* name, const std::vector<std::string>& values) {
  if (!values.empty()) row[name] = values;
}

json to_row(const ReportRow& row) {
  json result = json::object();
  put(result, "id", row.id);
  put(result, "aliases", row.aliases);
  put(result, "type", row.package_type);
  put(result, "package", row.package);
  put(result, "installed", row.installed);
  put(result, "fixed", row.fixed);
  put(result, "fixDate", row.fix_date);
  put(result, "published", row.published);
  if (row.severity != Severity::kUnknown) result["severity"] = static_cast<int>(row.severity);
  put(result, "severitySource", row.severity_source);
  for (const RowRating& rating : row.ratings) {
    json& item = result["ratings"].emplace_back(json::array());
    item = {rating.source, static_cast<int>(rating.severity), rating.vector};
  }
  put(result, "url", row.url);
  put(result, "purls", row.purls);
  put(result, "layer", row.layer);
  put(result, "path", row.path);
  put(result, "exploitedSince", row.exploited_since);
  if (row.ransomware) result["ransomware"] = true;
  put(result, "epss", row.epss);
  put(result, "epssPercentile", row.epss_percentile);
  return result;
}

[[noreturn]] void malformed(std::string_view what) {
  throw base::ParseError(fmt::format("report rows: malformed \"{}\"", what));
}

std::string text(const json& row, const char* name) {
  const auto value = row.find(name);
  if (value == row.end()) return {};
  if (!value->is_string()) malformed(name);
  return value->get<std::string>();
}

std::vector<std::string> texts(const json& row, const char* name) {
  std::vector<std::string> result;
  const auto values = row.find(name);
  if (values == row.end()) return result;
  if (!values->is_array()) malformed(name);
  for (const json& value : *values) {
    if (!value.is_string()) malformed(name);
    result.push_back(value.get<std::string>());
  }
  return result;
}

Severity severity(const json& value) {
  if (!value.is_number_integer()) malformed("severity");
  const auto number = value.get<std::int64_t>();
  if (number < 0 || number > static_cast<std::int64_t>(Severity::kCritical)) malformed("severity");
  return static_cast<Severity>(number);
}

std::vector<RowRating> ratings(const json& row) {
  std::vector<RowRating> result;
  const auto values = row.find("ratings");
  if (values == row.end()) return result;
  if (!values->is_array()) malformed("ratings");
  for (const json& value : *values) {
    if (!value.is_array() || value.size() != 3 || !value[0].is_string() || !value[2].is_string()) malformed("ratings");
    result.push_back(
        {.source = value[0].get<std::string>(), .severity = severity(value[1]), .vector = value[2].get<std::string>()});
  }
  return result;
}

ReportRow from_row(const json& row) {
  if (!row.is_object()) malformed("rows");
  ReportRow result{.id = text(row, "id"),
                   .aliases = texts(row, "aliases"),
                   .package_type = text(row, "type"),
                   .package = text(row, "package"),
                   .installed = text(row, "installed"),
                   .fixed = text(row, "fixed"),
                   .fix_date = text(row, "fixDate"),
                   .published = text(row, "published"),
                   .severity = row.contains("severity") ? severity(row["severity"]) : Severity::kUnknown,
                   .severity_source = text(row, "severitySource"),
                   .ratings = ratings(row),
                   .url = text(row, "url"),
                   .purls = texts(row, "purls"),
                   .layer = text(row, "layer"),
                   .path = text(row, "path"),
                   .exploited_since = text(row, "exploitedSince"),
                   .ransomware = row.contains("ransomware"),
                   .epss = text(row, "epss"),
                   .epss_percentile = text(row, "epssPercentile")};
  // A row that names nothing cannot be judged, excepted or shown.
  if (result.id.empty() || result.package.empty()) malformed("id");
  return result;
}

}  // namespace

std::string pack_report_rows(const std::vector<ReportRow>& rows) {
  json list = json::array();
  for (const ReportRow& row : rows) list.push_back(to_row(row));
  return pack_json({{"version", kFormatVersion}, {"rows", list}});
}

std::vector<ReportRow> unpack_report_rows(std::string_view packed) {
  const json document = unpack_json(packed);
  if (!document.is_object() || !document.contains("version") || document["version"] != kFormatVersion)
    malformed("version");
  if (!document.contains("rows") || !document["rows"].is_array()) malformed("rows");
  std::vector<ReportRow> rows;
  for (const json& row : document["rows"]) rows.push_back(from_row(row));
  return rows;
}

}  // namespace crds

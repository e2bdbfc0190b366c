#include "crds/report_rows.h"

#include <fmt/core.h>
#include <simdjson.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "crds/packing.h"

namespace crds {

namespace {

using nlohmann::json;
namespace dom = simdjson::dom;

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

std::string text(dom::object row, const char* name) {
  dom::element value;
  if (row[name].get(value) != simdjson::SUCCESS) return {};
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) malformed(name);
  return std::string(text);
}

// The items of a list; none where there is no such member.
std::vector<dom::element> items(dom::object row, const char* name) {
  dom::element value;
  if (row[name].get(value) != simdjson::SUCCESS) return {};
  dom::array list;
  if (value.get(list) != simdjson::SUCCESS) malformed(name);
  return {list.begin(), list.end()};
}

std::vector<std::string> texts(dom::object row, const char* name) {
  std::vector<std::string> result;
  for (const dom::element item : items(row, name)) {
    std::string_view text;
    if (item.get(text) != simdjson::SUCCESS) malformed(name);
    result.emplace_back(text);
  }
  return result;
}

Severity severity(dom::element value) {
  std::int64_t number = 0;
  if (value.get(number) != simdjson::SUCCESS) malformed("severity");
  if (number < 0 || number > static_cast<std::int64_t>(Severity::kCritical)) malformed("severity");
  return static_cast<Severity>(number);
}

RowRating rating(dom::element value) {
  dom::array parts;
  std::string_view source;
  dom::element number;
  std::string_view vector;
  if (value.get(parts) != simdjson::SUCCESS || parts.size() != 3 || parts.at(0).get(source) != simdjson::SUCCESS ||
      parts.at(1).get(number) != simdjson::SUCCESS || parts.at(2).get(vector) != simdjson::SUCCESS) {
    malformed("ratings");
  }
  return {.source = std::string(source), .severity = severity(number), .vector = std::string(vector)};
}

std::vector<RowRating> ratings(dom::object row) {
  std::vector<RowRating> result;
  for (const dom::element item : items(row, "ratings")) result.push_back(rating(item));
  return result;
}

Severity severity_of(dom::object row) {
  dom::element value;
  return row["severity"].get(value) == simdjson::SUCCESS ? severity(value) : Severity::kUnknown;
}

ReportRow from_row(dom::element element) {
  dom::object row;
  if (element.get(row) != simdjson::SUCCESS) malformed("rows");
  ReportRow result{.id = text(row, "id"),
                   .aliases = texts(row, "aliases"),
                   .package_type = text(row, "type"),
                   .package = text(row, "package"),
                   .installed = text(row, "installed"),
                   .fixed = text(row, "fixed"),
                   .fix_date = text(row, "fixDate"),
                   .published = text(row, "published"),
                   .severity = severity_of(row),
                   .severity_source = text(row, "severitySource"),
                   .ratings = ratings(row),
                   .url = text(row, "url"),
                   .purls = texts(row, "purls"),
                   .layer = text(row, "layer"),
                   .path = text(row, "path"),
                   .exploited_since = text(row, "exploitedSince"),
                   .ransomware = row["ransomware"].error() == simdjson::SUCCESS,
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
  const std::string document = unpack_json(packed);
  dom::parser parser;
  dom::object root;
  std::int64_t version = 0;
  dom::array list;
  if (parser.parse(document.data(), document.size()).get(root) != simdjson::SUCCESS ||
      root["version"].get(version) != simdjson::SUCCESS || version != kFormatVersion) {
    malformed("version");
  }
  if (root["rows"].get(list) != simdjson::SUCCESS) malformed("rows");
  std::vector<ReportRow> rows;
  for (const dom::element row : list) rows.push_back(from_row(row));
  return rows;
}

}  // namespace crds

// Reports as the operator's report API serves them.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/log.h"
#include "cli/stored_reports.h"
#include "net/json.h"
#include "scanner/report_json.h"

namespace cli {
namespace {

using nlohmann::json;

constexpr std::size_t kAnswerBytesMax = 64 << 20;
constexpr int kNotFound = 404;
constexpr std::size_t kPagesMax = 10'000;

std::vector<std::string> texts_at(const json& object, const char* name) {
  std::vector<std::string> texts;
  for (const json& item : net::list_at(object, name)) {
    if (item.is_string()) texts.push_back(item.get<std::string>());
  }
  return texts;
}

crds::Severity severity_at(const json& object) {
  const auto severity = scanner::advisories::parse_severity(net::text_at(object, "severity"));
  return static_cast<crds::Severity>(severity.value_or(scanner::advisories::Severity::kUnknown));
}

bool flag_at(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

crds::ReportRow row_of(const json& object) {
  const json& package = net::object_at(object, "package");
  crds::ReportRow row{.id = net::text_at(object, "id"),
                      .aliases = texts_at(object, "aliases"),
                      .package_type = net::text_at(package, "type"),
                      .package = net::text_at(package, "name"),
                      .installed = net::text_at(object, "installed"),
                      .fixed = net::text_at(object, "fixed"),
                      .fix_date = net::text_at(object, "fixDate"),
                      .published = net::text_at(object, "published"),
                      .severity = severity_at(object),
                      .severity_source = net::text_at(object, "severitySource"),
                      .ratings = {},
                      .url = net::text_at(object, "url"),
                      .purls = texts_at(package, "purls"),
                      .layer = net::text_at(object, "layer"),
                      .path = net::text_at(object, "path"),
                      .exploited_since = net::text_at(object, "exploitedSince"),
                      .ransomware = flag_at(object, "ransomware"),
                      .epss = net::text_at(object, "epss"),
                      .epss_percentile = net::text_at(object, "epssPercentile")};
  for (const json& rating : net::list_at(object, "ratings")) {
    row.ratings.push_back({.source = net::text_at(rating, "source"),
                           .severity = severity_at(rating),
                           .vector = net::text_at(rating, "vector")});
  }
  return row;
}

class ServedReports final : public StoredReports {
 public:
  ServedReports(net::HttpClient& http, net::Url server) : http_(http), server_(std::move(server)) {}

  std::vector<StoredManifest> find(const WantedImage& image) override {
    std::vector<StoredManifest> manifests;
    std::string next;
    for (std::size_t page = 0; page < kPagesMax; ++page) {
      const json list = must_get("/api/v1/images?limit=500" + (next.empty() ? "" : "&continue=" + next));
      for (const json& summary : net::list_at(list, "images")) {
        if (is_wanted(image, summary)) {
          manifests.push_back({net::text_at(summary, "digest"), net::text_at(summary, "platform")});
        }
      }
      next = net::percent_encode(net::text_at(list, "continue"));
      if (next.empty()) break;
    }
    return manifests;
  }

  ScanResult read(const WantedImage& image, const StoredManifest& manifest) override {
    const json report = must_get("/api/v1/images/" + manifest.digest);
    const auto generation = report.find("databaseGeneration");
    if (generation == report.end() || !generation->is_number_integer()) {
      throw base::ConfigError(image.written() + " was read, and no advisory database was asked about it yet");
    }
    ScanResult result{.image = image.written(),
                      .inventory = scanner::parse_inventory(net::object_at(report, "inventory").dump()),
                      .complete = flag_at(report, "complete"),
                      .database = database_of(generation->get<std::int64_t>())};
    for (const json& row : net::list_at(report, "vulnerabilities")) {
      result.vulnerabilities.push_back(vulnerability_of(row_of(row)));
    }
    for (const json& warning : net::list_at(report, "warnings")) {
      result.warnings.push_back({.reason = net::text_at(warning, "reason"),
                                 .path = net::text_at(warning, "path"),
                                 .message = net::text_at(warning, "message"),
                                 .count = warning.value("count", std::size_t{1}),
                                 .makes_incomplete = !result.complete});
    }
    return result;
  }

 private:
  static bool is_wanted(const WantedImage& image, const json& summary) {
    const std::vector<std::string> references = texts_at(summary, "references");
    return image.has_digest(net::text_at(summary, "digest")) ||
           std::ranges::any_of(references, [&](const std::string& name) { return image.is_called(name); });
  }

  json must_get(const std::string& target) {
    net::HttpRequest request;
    request.url = server_;
    request.url.target = target;
    request.body_bytes_max = kAnswerBytesMax;
    const net::HttpResponse answer = http_.send(request);
    if (answer.status == kNotFound) {
      throw base::ConfigError(fmt::format("{}: {}", server_.authority(), base::escape_text(answer.body, 300)));
    }
    if (answer.status != 200) {
      throw base::HttpError(fmt::format("the report API at {} answered {}", server_.authority(), answer.status),
                            answer.status, answer.body.substr(0, 4096));
    }
    return net::parse_json_bounded(answer.body, "the report API's answer");
  }

  net::HttpClient& http_;
  net::Url server_;
};

}  // namespace

std::unique_ptr<StoredReports> make_served_reports(net::HttpClient& http, net::Url server) {
  return std::make_unique<ServedReports>(http, std::move(server));
}

}  // namespace cli

#include "scanner/advisories/nvd_feed.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "scanner/advisories/feed_files.h"
#include "scanner/advisories/json_document.h"
#include "scanner/advisories/json_file_items.h"
#include "scanner/advisories/limits.h"
#include "scanner/advisories/vector_rating.h"

namespace scanner::advisories {

namespace {

constexpr std::array kMetrics{"cvssMetricV40", "cvssMetricV31", "cvssMetricV30", "cvssMetricV2"};

// NVD passes on what others rated: the number authority that gave the id, and CISA, which rates what that left out.
std::string_view source_of(std::string_view name) {
  if (name == "nvd@nist.gov") return "nvd";
  if (name == "134c704f-9b21-4f2e-91b3-4a467353bcc0") return "cisa";
  return "cna";
}

std::vector<Rating> ratings_of(const dom::object& cve) {
  std::vector<Rating> ratings;
  const std::optional<dom::object> metrics = object_of(cve, "metrics");
  if (!metrics) return ratings;
  for (const char* name : kMetrics) {
    for (const dom::object& metric : objects_of(*metrics, name)) {
      const std::optional<dom::object> data = object_of(metric, "cvssData");
      if (!data) continue;
      const std::string_view vector = text_of(*data, "vectorString");
      if (vector.empty() || vector.size() > kVectorBytesMax || ratings.size() == kRatingsMax) continue;
      ratings.push_back(vector_rating(source_of(text_of(metric, "source")), vector));
    }
  }
  return ratings;
}

}  // namespace

FeedSummary NvdFeed::read(const std::string& path, const FeedReader& reader) const {
  JsonDocument document(kRecordBytesMax);
  FeedSummary summary;
  const auto read_entry = [&](const std::string& place, std::string_view json) {
    const std::optional<dom::object> cve = object_of(document.parse(json, place), "cve");
    const std::string_view id = cve ? text_of(*cve, "id") : std::string_view{};
    if (id.empty() || id.size() > kIdBytesMax) {
      throw base::ParseError(fmt::format("reading {}: no \"cve\" with an \"id\": not an NVD 2.0 feed", place));
    }
    reader.on_ratings(id, ratings_of(*cve));
    summary.newest = std::max(summary.newest, std::string(text_of(*cve, "lastModified")));
    ++summary.records;
  };
  for (const std::filesystem::path& file : feed_files(path, {".json", ".json.gz"})) {
    read_json_items(file.string(), "vulnerabilities", reader, read_entry);
  }
  return summary;
}

}  // namespace scanner::advisories

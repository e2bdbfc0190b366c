#include "scanner/advisories/cve_list_feed.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "scanner/advisories/json_document.h"
#include "scanner/advisories/limits.h"
#include "scanner/advisories/record_files.h"
#include "scanner/advisories/vector_rating.h"

namespace scanner::advisories {

namespace {

constexpr std::array kMetrics{"cvssV4_0", "cvssV3_1", "cvssV3_0", "cvssV2_0"};

void add_ratings(std::vector<Rating>& ratings, std::string_view source, const dom::object& container) {
  for (const dom::object& metric : objects_of(container, "metrics")) {
    for (const char* name : kMetrics) {
      const std::optional<dom::object> cvss = object_of(metric, name);
      const std::string_view vector = cvss ? text_of(*cvss, "vectorString") : std::string_view{};
      if (vector.empty() || vector.size() > kVectorBytesMax || ratings.size() == kRatingsMax) continue;
      ratings.push_back(vector_rating(source, vector));
    }
  }
}

// What the number authority says, and CISA, which rates what that left out. What other publishers add is theirs alone.
std::vector<Rating> ratings_of(const dom::object& record) {
  std::vector<Rating> ratings;
  const std::optional<dom::object> containers = object_of(record, "containers");
  if (!containers) return ratings;
  if (const std::optional<dom::object> cna = object_of(*containers, "cna")) add_ratings(ratings, "cna", *cna);
  for (const dom::object& adp : objects_of(*containers, "adp")) {
    const std::optional<dom::object> provider = object_of(adp, "providerMetadata");
    if (provider && text_of(*provider, "shortName") == "CISA-ADP") add_ratings(ratings, "cisa", adp);
  }
  return ratings;
}

// The list's own files beside the records: "delta.json", "deltaLog.json".
bool is_change_log(std::string_view place) {
  return place.substr(place.find_last_of("/ ") + 1).starts_with("delta");
}

}  // namespace

FeedSummary CveListFeed::read(const std::string& path, const FeedReader& reader) const {
  JsonDocument document(kRecordBytesMax);
  FeedSummary summary;
  const auto read_record = [&](const std::string& place, std::string_view json) {
    if (is_change_log(place)) return;
    const dom::object record = document.parse(json, place);
    const std::optional<dom::object> metadata = object_of(record, "cveMetadata");
    const std::string_view id = metadata ? text_of(*metadata, "cveId") : std::string_view{};
    if (id.empty() || id.size() > kIdBytesMax) {
      throw base::ParseError(fmt::format("reading {}: no \"cveMetadata\" with a \"cveId\": not a CVE record", place));
    }
    const bool is_published = text_of(*metadata, "state") != "REJECTED";
    if (is_published) reader.on_ratings(id, ratings_of(record));
    summary.newest = std::max(summary.newest, std::string(text_of(*metadata, "dateUpdated")));
    ++summary.records;
  };
  read_record_files(path, {.on_record = read_record, .on_progress = reader.on_progress});
  return summary;
}

}  // namespace scanner::advisories

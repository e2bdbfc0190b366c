#include "scanner/advisories/kev_feed.h"

#include <fmt/core.h>

#include "base/calendar_day.h"
#include "base/error.h"
#include "base/file.h"
#include "scanner/advisories/json_document.h"
#include "scanner/advisories/limits.h"

namespace scanner::advisories {

FeedSummary KevFeed::read(const std::string& path, const FeedReader& reader) const {
  const std::string json = base::read_file(path, kKevBytesMax);
  JsonDocument document(kKevBytesMax);
  const dom::object root = document.parse(json, path);
  dom::array entries;
  if (root["vulnerabilities"].get(entries) != simdjson::SUCCESS) {
    throw base::ParseError(fmt::format("reading {}: not a KEV catalogue: no \"vulnerabilities\"", path));
  }
  FeedSummary summary{.records = 0, .newest = std::string(text_of(root, "dateReleased"))};
  for (const dom::object& entry : objects_of(root, "vulnerabilities")) {
    const std::string_view id = text_of(entry, "cveID");
    const std::string_view day = text_of(entry, "dateAdded");
    if (id.empty() || id.size() > kIdBytesMax || !base::is_calendar_day(day)) {
      throw base::ParseError(fmt::format("reading {}: entry {} has no cveID or no dateAdded such as 2021-12-10", path,
                                         summary.records + 1));
    }
    reader.on_threat(id, {.exploited_since = std::string(day),
                          .ransomware = text_of(entry, "knownRansomwareCampaignUse") == "Known"});
    ++summary.records;
  }
  reader.on_progress(1, 1);
  return summary;
}

}  // namespace scanner::advisories

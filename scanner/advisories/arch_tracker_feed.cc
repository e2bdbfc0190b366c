#include "scanner/advisories/arch_tracker_feed.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "scanner/advisories/json_document.h"
#include "scanner/advisories/limits.h"
#include "scanner/advisories/record_normaliser.h"

namespace scanner::advisories {

namespace {

constexpr std::string_view kEcosystem = "alpm:arch";

// What an entry says for each of its packages and issues. A fix that is still being tested counts: it is the version
// that will be told.
Advisory common_part(const dom::object& entry) {
  Advisory advisory;
  advisory.ecosystem = kEcosystem;
  advisory.aliases = texts_of(entry, "advisories");
  advisory.aliases.emplace_back(text_of(entry, "name"));
  advisory.title = text_of(entry, "type");
  advisory.feed = "arch-tracker";
  const std::optional<Severity> severity = parse_severity(text_of(entry, "severity"));
  if (severity && *severity != Severity::kUnknown)
    advisory.ratings.push_back({.source = "arch", .severity = *severity, .vector = {}});
  if (text_of(entry, "status") == "Not affected") {
    advisory.status = Status::kNotAffected;
  } else {
    advisory.intervals.push_back(
        {.introduced = {}, .fixed = std::string(text_of(entry, "fixed")), .last_affected = {}});
  }
  return advisory;
}

}  // namespace

FeedSummary ArchTrackerFeed::read(const std::string& path, const FeedReader& reader) const {
  // The document is an array, which a parser of objects does not take.
  const std::string json = fmt::format("{{\"entries\":{}}}", base::read_file(path, kArchTrackerBytesMax));
  JsonDocument document(kArchTrackerBytesMax + kLineBytesMax);
  FeedSummary summary;
  for (const dom::object& entry : objects_of(document.parse(json, path), "entries")) {
    const Advisory common = common_part(entry);
    const std::vector<std::string> packages = texts_of(entry, "packages");
    const std::vector<std::string> issues = texts_of(entry, "issues");
    if (packages.empty() || issues.empty() || common.aliases.back().empty()) {
      throw base::ParseError(fmt::format("reading {}: entry {} has no name, packages or issues: not Arch's tracker",
                                         path, summary.records + 1));
    }
    for (const std::string& package : packages) {
      for (const std::string& issue : issues) {
        Advisory advisory = common;
        advisory.id = issue;
        advisory.package = package;
        normalise_record(advisory, fmt::format("{}: {}", path, base::escape_text(common.aliases.back())));
        reader.on_advisory(std::move(advisory));
      }
    }
    ++summary.records;
  }
  if (summary.records == 0) throw base::ParseError(fmt::format("reading {}: no issue in it", path));
  reader.on_progress(1, 1);
  return summary;
}

}  // namespace scanner::advisories

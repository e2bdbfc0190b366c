#include "scanner/advisories/debian_oval_feed.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "scanner/advisories/ecosystem.h"
#include "scanner/advisories/limits.h"
#include "scanner/advisories/oval_parser.h"
#include "scanner/advisories/record_normaliser.h"
#include "scanner/advisories/unpacked_file.h"
#include "scanner/versions/version_order.h"

namespace scanner::advisories {

namespace {

constexpr std::string_view kPlatform = "Debian GNU/Linux ";

std::optional<std::string> ecosystem_of_platform(std::string_view platform) {
  if (!platform.starts_with(kPlatform)) return std::nullopt;
  return ecosystem_of_osv(fmt::format("Debian:{}", platform.substr(kPlatform.size())));
}

// "earlier than 0": no fix, every version is affected.
Advisory advisory_of(const OvalDefinition& definition, const std::string& ecosystem) {
  Advisory advisory;
  advisory.id = definition.title.substr(0, definition.title.find(' '));
  advisory.aliases = definition.cves;
  advisory.ecosystem = ecosystem;
  advisory.package = definition.package;
  const bool has_fix = *definition.fixed != "0";
  advisory.intervals.push_back({.introduced = {}, .fixed = has_fix ? *definition.fixed : "", .last_affected = {}});
  advisory.title = definition.description.substr(0, definition.description.find('\n'));
  advisory.fix_date = definition.date;
  advisory.feed = "debian-oval";
  return advisory;
}

// Hands over what definitions say, and keeps the tally.
class Reading {
 public:
  Reading(const std::string& path, const FeedReader& reader) : path_(path), reader_(reader) {}

  void definition(const OvalDefinition& definition) {
    const std::string place = fmt::format("{}:{}", path_, definition.line);
    const std::optional<std::string> ecosystem = ecosystem_of_platform(definition.platform);
    if (!ecosystem || !definition.fixed) {
      reader_.on_note({.place = place,
                       .message = fmt::format("{}: names no Debian release or no version: skipped",
                                              base::escape_text(definition.title, kTitleBytesMax))});
      return;
    }
    if (ecosystems_.insert(*ecosystem).second) reader_.on_ecosystem(*ecosystem);
    if (!versions::debian_order().readable(*definition.fixed)) {
      reader_.on_note(
          {.place = place, .message = "the fixing version is not a version: every version counts as affected"});
    }
    Advisory advisory = advisory_of(definition, *ecosystem);
    normalise_record(advisory, place);
    reader_.on_advisory(std::move(advisory));
    ++summary_.records;
  }

  [[nodiscard]] FeedSummary summary(const std::string& timestamp) const {
    if (summary_.records == 0) throw base::ParseError(fmt::format("reading {}: no definition in it", path_));
    return {.records = summary_.records, .newest = timestamp};
  }

 private:
  const std::string& path_;
  const FeedReader& reader_;
  std::set<std::string> ecosystems_;
  FeedSummary summary_;
};

}  // namespace

FeedSummary DebianOvalFeed::read(const std::string& path, const FeedReader& reader) const {
  UnpackedFile file(path);
  OvalParser parser(path);
  Reading reading(path, reader);
  std::array<char, 65536> buffer{};
  while (const std::size_t count = file.read(buffer)) {
    for (const OvalDefinition& definition : parser.parse({buffer.data(), count}, OvalParser::Piece::kMore)) {
      reading.definition(definition);
    }
    reader.on_progress(file.bytes_done(), file.bytes_total());
  }
  for (const OvalDefinition& definition : parser.parse({}, OvalParser::Piece::kLast)) reading.definition(definition);
  return reading.summary(parser.timestamp());
}

}  // namespace scanner::advisories

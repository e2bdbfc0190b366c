#include "scanner/advisories/patch_oval_feed.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "scanner/advisories/ecosystem.h"
#include "scanner/advisories/limits.h"
#include "scanner/advisories/notice_text.h"
#include "scanner/advisories/patch_oval_parser.h"
#include "scanner/advisories/record_normaliser.h"
#include "scanner/advisories/unpacked_file.h"
#include "scanner/advisories/vector_rating.h"
#include "scanner/versions/version_order.h"

namespace scanner::advisories {

namespace {

// The vendor's word on the issue, else on the whole notice, and the vectors that it gives.
std::vector<Rating> ratings_of(const PatchOvalDefinition& definition, const PatchOvalIssue& issue,
                               std::string_view source) {
  std::vector<Rating> ratings;
  const std::optional<Severity> word = parse_severity(issue.impact.empty() ? definition.severity : issue.impact);
  if (word && *word != Severity::kUnknown)
    ratings.push_back({.source = std::string(source), .severity = *word, .vector = {}});
  for (const std::string& vector : issue.vectors) ratings.push_back(vector_rating(source, vector));
  return ratings;
}

// "RHSA-2022:5749: .NET 6.0 bugfix update (Moderate)", "USN-5181-1 -- jQuery UI vulnerability": what is between.
std::string title_of(const PatchOvalDefinition& definition) {
  std::string_view title = definition.title;
  for (const std::string_view mark : {": ", " -- "}) {
    if (title.starts_with(definition.id + std::string(mark))) title.remove_prefix(definition.id.size() + mark.size());
  }
  const std::size_t severity = title.rfind(" (");
  return std::string(title.substr(0, severity));
}

// Hands over what definitions say, and keeps the tally.
class Reading {
 public:
  Reading(const std::string& path, const PatchOvalParser& parser, const FeedReader& reader)
      : path_(path), parser_(parser), reader_(reader) {}

  void definition(const PatchOvalDefinition& definition) {
    // A correction that names no issue tells of none.
    if (definition.issues.empty()) return;
    if (!definition.is_applicable) {
      ++records_;
      return;
    }
    const std::string place = fmt::format("{}:{}", path_, definition.line);
    bool is_told = false;
    for (const PatchOvalFix& fix : parser_.fixes_of(definition)) {
      const std::optional<NamedRelease> release = release_named(fix.platform);
      if (!release) continue;
      if (ecosystems_.insert(release->ecosystem).second) reader_.on_ecosystem(release->ecosystem);
      add_fix(definition, fix, *release, place);
      is_told = true;
    }
    if (is_told) {
      ++records_;
      return;
    }
    reader_.on_note({.place = place,
                     .message = fmt::format("{}: names no release that is known here, or no package: skipped",
                                            base::escape_text(definition.title, kTitleBytesMax))});
  }

  [[nodiscard]] FeedSummary summary() const {
    if (records_ == 0)
      throw base::ParseError(fmt::format("reading {}: no definition in it that names an issue", path_));
    return {.records = records_, .newest = parser_.timestamp()};
  }

 private:
  void add_fix(const PatchOvalDefinition& definition, const PatchOvalFix& fix, const NamedRelease& release,
               const std::string& place) {
    const versions::VersionOrder* const order = versions::order_for(purl_type_of(release.ecosystem));
    CHECK(order != nullptr);
    if (!order->readable(fix.fixed.empty() ? fix.last_affected : fix.fixed)) {
      reader_.on_note(
          {.place = place, .message = "the fixing version is not a version: every version counts as affected"});
    }
    for (const PatchOvalIssue& issue : definition.issues) {
      if (!concerns_release(definition.description, issue.cve, release.number)) continue;
      Advisory advisory;
      advisory.id = issue.cve;
      if (!definition.id.empty()) advisory.aliases = {definition.id};
      advisory.ecosystem = release.ecosystem;
      advisory.package = fix.package;
      if (fix.fixed.find(".module") != std::string_view::npos) advisory.module = definition.module;
      advisory.intervals.push_back(
          {.introduced = fix.introduced, .fixed = fix.fixed, .last_affected = fix.last_affected});
      advisory.ratings = ratings_of(definition, issue, release.source);
      advisory.title = title_of(definition);
      advisory.url = definition.url;
      advisory.fix_date = definition.issued;
      advisory.feed = "patch-oval";
      normalise_record(advisory, place);
      reader_.on_advisory(std::move(advisory));
    }
  }

  const std::string& path_;
  const PatchOvalParser& parser_;
  const FeedReader& reader_;
  std::set<std::string> ecosystems_;
  std::uint64_t records_ = 0;
};

}  // namespace

FeedSummary PatchOvalFeed::read(const std::string& path, const FeedReader& reader) const {
  UnpackedFile file(path);
  PatchOvalParser parser(path);
  std::array<char, 65536> buffer{};
  while (const std::size_t count = file.read(buffer)) {
    parser.parse({buffer.data(), count}, XmlReader::Piece::kMore);
    reader.on_progress(file.bytes_done(), file.bytes_total());
  }
  parser.parse({}, XmlReader::Piece::kLast);
  Reading reading(path, parser, reader);
  for (const PatchOvalDefinition& definition : parser.definitions()) reading.definition(definition);
  if (parser.shares_tests()) {
    reader.on_note({.place = path,
                    .message = "of several notices about a package only the last one's version is told: older "
                               "corrections count from that version on; osv: or updateinfo: tell each"});
  }
  return reading.summary();
}

}  // namespace scanner::advisories

#include "scanner/advisories/osv_record.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/error.h"
#include "scanner/advisories/ecosystem.h"
#include "scanner/advisories/go_custom_ranges.h"
#include "scanner/advisories/json_document.h"
#include "scanner/advisories/limits.h"
#include "scanner/advisories/notice_text.h"
#include "scanner/advisories/range_events.h"
#include "scanner/advisories/record_normaliser.h"
#include "scanner/advisories/references.h"
#include "scanner/advisories/vector_rating.h"

namespace scanner::advisories {

namespace {

// Go's vulnerability database says "0001-01-01T00:00:00Z" for a date that it does not know.
std::string date_of(const dom::object& object, const char* name) {
  const std::string_view date = text_of(object, name);
  constexpr std::size_t kDateBytesMax = 40;
  return date.starts_with("0001-") || date.size() > kDateBytesMax ? std::string{} : std::string(date);
}

std::string title_of(const dom::object& record) {
  std::string_view title = text_of(record, "summary");
  if (title.empty()) title = text_of(record, "details");
  return std::string(title.substr(0, title.find('\n')));
}

// Who rates, told by the id's prefix.
std::string_view source_of(std::string_view id) {
  static constexpr std::pair<std::string_view, std::string_view> kSources[] = {
      {"GHSA-", "ghsa"},      {"PYSEC-", "pypa"},    {"GO-", "go"},          {"RUSTSEC-", "rustsec"},
      {"DEBIAN-", "debian"},  {"DSA-", "debian"},    {"DLA-", "debian"},     {"UBUNTU-", "ubuntu"},
      {"USN-", "ubuntu"},     {"ALPINE-", "alpine"}, {"ALSA-", "almalinux"}, {"ALBA-", "almalinux"},
      {"ALEA-", "almalinux"}, {"RLSA-", "rocky"},    {"RLBA-", "rocky"},     {"RLEA-", "rocky"},
      {"RXSA-", "rocky"},     {"RHSA-", "redhat"},   {"RHBA-", "redhat"},    {"RHEA-", "redhat"},
      {"SUSE-", "suse"},      {"openSUSE-", "suse"}, {"MGASA-", "mageia"},   {"PHSA-", "photon"},
      {"AZL-", "microsoft"},  {"BIT-", "bitnami"},   {"CGA-", "chainguard"}, {"ECHO-", "echo"},
      {"OESA-", "openeuler"}};
  for (const auto& [prefix, source] : kSources) {
    if (id.starts_with(prefix)) return source;
  }
  return "osv";
}

void add_word(std::vector<Rating>& ratings, std::string_view source, std::string_view word) {
  const std::optional<Severity> severity = parse_severity(word);
  if (severity && *severity != Severity::kUnknown) {
    ratings.push_back({.source = std::string(source), .severity = *severity, .vector = {}});
  }
}

// `severity[]` of a record or of one of its packages: vectors, or (Ubuntu) a word.
void add_severities(std::vector<Rating>& ratings, std::string_view source, const dom::object& holder) {
  for (const dom::object& entry : objects_of(holder, "severity")) {
    const std::string_view score = text_of(entry, "score");
    if (!text_of(entry, "type").starts_with("CVSS")) {
      add_word(ratings, source, score);
    } else if (score.size() <= kVectorBytesMax) {
      ratings.push_back(vector_rating(source, score));
    }
  }
}

// The most telling first: what somebody wrote about the issue, then what mends it.
std::vector<std::string> references_of(const dom::object& record) {
  std::map<std::size_t, std::vector<std::string>> by_kind;
  static constexpr std::array<std::string_view, 6> kKinds{"ADVISORY", "FIX", "REPORT", "ARTICLE", "EVIDENCE", "WEB"};
  for (const dom::object& reference : objects_of(record, "references")) {
    const auto* const kind = std::ranges::find(kKinds, text_of(reference, "type"));
    by_kind[static_cast<std::size_t>(kind - kKinds.begin())].emplace_back(text_of(reference, "url"));
  }
  std::vector<std::string> references;
  for (const auto& [kind, pages] : by_kind) add_references(references, pages);
  return references;
}

constexpr std::string_view kMaintenancePrefixes[] = {"ALBA-", "ALEA-", "RLBA-", "RLEA-"};

// A distribution's notice comes with the packages that it is about: its day is that of the fix. No other record tells
// one: an issue is published before it is mended, or long after.
constexpr std::string_view kNoticePrefixes[] = {
    "ALSA-", "ALBA-", "ALEA-", "RLSA-",  "RLBA-", "RLEA-", "RXSA-", "RHSA-",    "RHBA-",    "RHEA-",
    "DSA-",  "DLA-",  "USN-",  "MGASA-", "OESA-", "PHSA-", "ELSA-", "SUSE-SU-", "SUSE-RU-", "openSUSE-SU-"};

bool is_notice(std::string_view id) {
  return std::ranges::any_of(kNoticePrefixes, [id](std::string_view prefix) { return id.starts_with(prefix); });
}

// What the whole record says, for each of its packages.
Advisory common_part(const dom::object& record, std::string_view place) {
  Advisory advisory;
  advisory.id = text_of(record, "id");
  if (advisory.id.empty()) throw base::ParseError(fmt::format("reading {}: no \"id\": not an OSV record", place));
  advisory.aliases = texts_of(record, "aliases");
  advisory.status = text_of(record, "withdrawn").empty() ? Status::kAffected : Status::kWithdrawn;
  advisory.title = title_of(record);
  advisory.published = date_of(record, "published");
  if (is_notice(advisory.id)) advisory.fix_date = advisory.published;
  advisory.feed = "osv";
  advisory.references = references_of(record);
  const std::string_view source = source_of(advisory.id);
  if (const auto specific = object_of(record, "database_specific")) {
    add_word(advisory.ratings, source, text_of(*specific, "severity"));
  }
  add_severities(advisory.ratings, source, record);
  return advisory;
}

// "UBUNTU-CVE-2023-52969", as Ubuntu's notices name what they mend -> the CVE; empty for any other id.
std::string cve_of_tracker(const std::string& id) {
  const std::size_t at = id.find("-CVE-");
  return at == std::string::npos ? std::string() : id.substr(at + 1);
}

// A distribution's record is about the issues that it names as `upstream` (or, in older notices, as `related`);
// elsewhere those fields name other issues.
void add_upstream_ids(Advisory& advisory, const dom::object& record) {
  if (advisory.ecosystem.find(':') == std::string::npos) return;
  for (std::string& id : texts_of(record, "upstream")) {
    if (std::string cve = cve_of_tracker(id); !cve.empty()) advisory.aliases.push_back(std::move(cve));
    advisory.aliases.push_back(std::move(id));
  }
  const auto is_cve = [](const std::string& id) { return id.starts_with("CVE-"); };
  if (is_cve(advisory.id) || std::ranges::any_of(advisory.aliases, is_cve)) return;
  for (std::string& id : texts_of(record, "related")) {
    if (is_cve(id)) advisory.aliases.push_back(std::move(id));
  }
}

std::vector<RangeEvent> events_of(const dom::object& range, std::string_view place) {
  std::vector<RangeEvent> events;
  for (const dom::object& event : objects_of(range, "events")) {
    for (const auto& [key, value] : event) {
      std::string_view version;
      if (value.get(version) != simdjson::SUCCESS) continue;
      if (key == "introduced") events.push_back({EventKind::kIntroduced, std::string(version)});
      if (key == "fixed") events.push_back({EventKind::kFixed, std::string(version)});
      if (key == "last_affected") events.push_back({EventKind::kLastAffected, std::string(version)});
    }
    if (events.size() > kIntervalsMax)
      throw base::LimitExceeded(fmt::format("reading {}: a range of more than {} events", place, kIntervalsMax));
  }
  return events;
}

// What the ranges of one entry call affected.
struct Ranges {
  std::string_view purl_type;
  std::string_view place;
  bool has_listed_versions = false;
  std::vector<std::string>& notes;

  [[nodiscard]] std::vector<Interval> intervals(const dom::object& holder, const char* name) const {
    std::vector<Interval> result;
    for (const dom::object& range : objects_of(holder, name)) {
      if (text_of(range, "type") == "GIT") continue;
      IntervalsOfEvents made = intervals_of_events(events_of(range, place), purl_type);
      std::ranges::move(made.notes, std::back_inserter(notes));
      // With a bound skipped the range reaches too far; where the versions are listed as well, the list alone is exact.
      if (made.has_unreadable_bound && has_listed_versions) continue;
      std::ranges::move(made.intervals, std::back_inserter(result));
    }
    return result;
  }
};

// One entry of `affected`: its ranges and versions are added to what other entries said about the same package.
void add_entry(Advisory& advisory, const dom::object& entry, std::string_view place, std::vector<std::string>& notes) {
  std::vector<std::string> versions = texts_of(entry, "versions");
  const Ranges ranges{.purl_type = purl_type_of(advisory.ecosystem),
                      .place = place,
                      .has_listed_versions = !versions.empty(),
                      .notes = notes};
  std::vector<Interval> intervals = ranges.intervals(entry, "ranges");
  if (const auto specific = object_of(entry, "ecosystem_specific"); specific && advisory.ecosystem == "golang")
    intervals = with_custom_ranges(std::move(intervals), ranges.intervals(*specific, "custom_ranges"));
  std::ranges::move(intervals, std::back_inserter(advisory.intervals));
  std::ranges::move(versions, std::back_inserter(advisory.versions));
  const std::string_view source = source_of(advisory.id);
  for (const char* holder : {"database_specific", "ecosystem_specific"}) {
    const auto specific = object_of(entry, holder);
    if (!specific) continue;
    add_word(advisory.ratings, source, text_of(*specific, "severity"));
    add_word(advisory.ratings, source, text_of(*specific, "urgency"));
  }
  add_severities(advisory.ratings, source, entry);
}

// "This crate is unmaintained" is no vulnerability.
bool is_informational(const dom::object& entry) {
  const auto specific = object_of(entry, "database_specific");
  return specific && !text_of(*specific, "informational").empty() && text_of(*specific, "informational") != "unsound";
}

// AlmaLinux and Rocky Linux publish their corrections and enhancements beside the security notices; those that name no
// vulnerability tell none.
bool is_maintenance(const dom::object& record) {
  const std::string_view id = text_of(record, "id");
  const auto has_prefix = [id](std::string_view prefix) { return id.starts_with(prefix); };
  if (!std::ranges::any_of(kMaintenancePrefixes, has_prefix)) return false;
  for (const char* field : {"aliases", "upstream", "related"}) {
    if (!texts_of(record, field).empty()) return false;
  }
  return true;
}

}  // namespace

struct OsvRecordParser::State {
  JsonDocument document{kRecordBytesMax};
};

OsvRecordParser::OsvRecordParser() : state_(std::make_unique<State>()) {}
OsvRecordParser::~OsvRecordParser() = default;

OsvRecord OsvRecordParser::parse(std::string_view json, std::string_view place) {
  const dom::object record = state_->document.parse(json, place);
  const Advisory common = common_part(record, place);
  OsvRecord result;
  result.modified = date_of(record, "modified");
  if (is_maintenance(record)) return result;
  std::map<std::pair<std::string, std::string>, Advisory> by_package;
  for (const dom::object& entry : objects_of(record, "affected")) {
    const auto package = object_of(entry, "package");
    if (!package || is_informational(entry)) continue;
    const std::string_view osv_ecosystem = text_of(*package, "ecosystem");
    const std::optional<std::string> ecosystem = ecosystem_of_osv(osv_ecosystem);
    if (!ecosystem) {
      result.notes.push_back(fmt::format("ecosystem \"{}\" is not known here", osv_ecosystem));
      continue;
    }
    std::string name = normalised_package(*ecosystem, text_of(*package, "name"));
    const auto [found, is_new] = by_package.try_emplace({*ecosystem, name}, common);
    if (is_new) {
      found->second.ecosystem = *ecosystem;
      found->second.package = std::move(name);
      add_upstream_ids(found->second, record);
      if (purl_type_of(*ecosystem) == "rpm") found->second.module = stream_of_title(common.title);
    }
    add_entry(found->second, entry, place, result.notes);
  }
  for (auto& [key, advisory] : by_package) {
    normalise_record(advisory, place);
    result.advisories.push_back(std::move(advisory));
  }
  return result;
}

}  // namespace scanner::advisories

#include "scanner/advisories/debian_tracker_feed.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "scanner/advisories/ecosystem.h"
#include "scanner/advisories/json_document.h"
#include "scanner/advisories/json_file_items.h"
#include "scanner/advisories/limits.h"
#include "scanner/advisories/record_normaliser.h"
#include "scanner/versions/version_order.h"

namespace scanner::advisories {

namespace {

// "low**" of older data is "low"; "not yet assigned" and "end-of-life" are no ratings.
std::vector<Rating> ratings_of(std::string_view urgency) {
  const std::size_t stars = urgency.find('*');
  const std::optional<Severity> severity = parse_severity(urgency.substr(0, stars));
  if (!severity || *severity == Severity::kUnknown) return {};
  return {{.source = "debian", .severity = *severity, .vector = {}}};
}

// Hands over what the tracker says of one issue in one source package, for each release.
class Reading {
 public:
  Reading(std::string path, const FeedReader& reader) : path_(std::move(path)), reader_(reader) {}

  void package(const std::string& place, std::string_view name, const dom::object& issues) {
    for (const auto& [id, value] : issues) {
      dom::object issue;
      if (value.get(issue) != simdjson::SUCCESS) refuse(place);
      const std::optional<dom::object> releases = object_of(issue, "releases");
      if (!releases) refuse(place);
      for (const auto& [codename, state] : *releases) {
        dom::object release;
        if (state.get(release) != simdjson::SUCCESS) refuse(place);
        add(fmt::format("{}, package {}", place, base::escape_text(name)), name, id, text_of(issue, "description"),
            codename, release);
      }
      ++summary_.records;
    }
  }

  [[nodiscard]] FeedSummary summary() const {
    if (summary_.records == 0) throw base::ParseError(fmt::format("reading {}: no issue in it", path_));
    return summary_;
  }

 private:
  // `state`: {"status": "resolved", "fixed_version": "1.2-3", "urgency": "low"}. A resolved issue whose fixing version
  // is "0" never was in the package. "undetermined" is open until somebody looked.
  void add(const std::string& place, std::string_view package, std::string_view id, std::string_view title,
           std::string_view codename, const dom::object& state) {
    const std::string_view release = debian_release_called(codename);
    if (release.empty()) return;  // sid, experimental
    Advisory advisory;
    advisory.id = id;
    advisory.ecosystem = *ecosystem_of_osv(fmt::format("Debian:{}", release));
    if (ecosystems_.insert(advisory.ecosystem).second) reader_.on_ecosystem(advisory.ecosystem);
    advisory.package = package;
    advisory.title = title;
    advisory.feed = "debian-tracker";
    advisory.ratings = ratings_of(text_of(state, "urgency"));
    const bool is_resolved = text_of(state, "status") == "resolved";
    const std::string_view fixed = is_resolved ? text_of(state, "fixed_version") : std::string_view{};
    if (is_resolved && fixed == "0") {
      advisory.status = Status::kNotAffected;
    } else {
      if (is_resolved && !versions::debian_order().readable(fixed)) note_unreadable(place, id);
      advisory.intervals.push_back({.introduced = {}, .fixed = std::string(fixed), .last_affected = {}});
    }
    normalise_record(advisory, place);
    reader_.on_advisory(std::move(advisory));
  }

  void note_unreadable(const std::string& place, std::string_view id) {
    reader_.on_note(
        {.place = place,
         .message = fmt::format("the fixing version of {} is not a version: every version counts as affected",
                                base::escape_text(id))});
  }

  [[noreturn]] static void refuse(const std::string& place) {
    throw base::ParseError(
        fmt::format("reading {}: not the tracker's data: no issue with \"releases\" below a package", place));
  }

  std::string path_;
  const FeedReader& reader_;
  std::set<std::string> ecosystems_;
  FeedSummary summary_;
};

}  // namespace

FeedSummary DebianTrackerFeed::read(const std::string& path, const FeedReader& reader) const {
  JsonDocument document(kRecordBytesMax);
  Reading reading(path, reader);
  read_json_items(path, "", reader, [&](const std::string& place, std::string_view json) {
    for (const auto& [name, value] : document.parse(json, place)) {
      dom::object issues;
      if (value.get(issues) != simdjson::SUCCESS) {
        throw base::ParseError(fmt::format("reading {}: not the tracker's data: a package is no object", place));
      }
      reading.package(place, name, issues);
    }
  });
  return reading.summary();
}

}  // namespace scanner::advisories

#include "scanner/advisories/record_normaliser.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "base/calendar_day.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "scanner/advisories/ecosystem.h"
#include "scanner/advisories/intervals.h"
#include "scanner/advisories/limits.h"
#include "scanner/advisories/references.h"

namespace scanner::advisories {

namespace {

// Compares with bounds, and names the record that is past one.
struct Bounds {
  const Advisory& advisory;
  std::string_view place;

  void require(std::size_t value, std::size_t max, std::string_view what) const {
    if (value > max) {
      throw base::LimitExceeded(fmt::format("reading {}: record {}: {} {}, at most {} are read", place,
                                            base::escape_text(advisory.id, kIdBytesMax), value, what, max));
    }
  }
  void require_all() const {
    if (advisory.id.empty()) throw base::ParseError(fmt::format("reading {}: a record without an id", place));
    if (advisory.package.empty()) throw base::ParseError(fmt::format("reading {}: no package name", place));
    require(advisory.id.size(), kIdBytesMax, "bytes of id");
    require(advisory.package.size(), kPackageBytesMax, "bytes of package name");
    require(advisory.ecosystem.size(), kEcosystemBytesMax, "bytes of ecosystem");
    require(advisory.aliases.size(), kAliasesMax, "aliases");
    require(advisory.intervals.size(), kIntervalsMax, "intervals");
    require(advisory.versions.size(), kVersionsMax, "versions");
    require(advisory.ratings.size(), kRatingsMax, "ratings");
    for (const Interval& interval : advisory.intervals) {
      for (const std::string* bound : {&interval.introduced, &interval.fixed, &interval.last_affected}) {
        require(bound->size(), kVersionBytesMax, "bytes of version");
      }
    }
  }
};

// An epoch of 0 is none.
void drop_zero_epochs(Advisory& advisory) {
  const std::string_view type = purl_type_of(advisory.ecosystem);
  if (type != "rpm" && type != "deb") return;
  for (Interval& interval : advisory.intervals) {
    for (std::string* bound : {&interval.introduced, &interval.fixed, &interval.last_affected}) {
      if (bound->starts_with("0:")) bound->erase(0, 2);
    }
  }
}

template <typename Item>
void sort_and_dedupe(std::vector<Item>& items) {
  std::ranges::sort(items);
  items.erase(std::ranges::unique(items).begin(), items.end());
}

// An unreadable version that an interval would hold only because it cannot be compared has to stay.
void drop_versions_in_intervals(Advisory& advisory) {
  const versions::VersionOrder* order = versions::order_for(purl_type_of(advisory.ecosystem));
  if (order == nullptr || advisory.versions.empty()) return;
  const IntervalUnion intervals(advisory.intervals, *order);
  std::erase_if(advisory.versions, [&](const std::string& version) {
    return order->readable(version) && intervals.holds_version(version);
  });
}

// Longer than any real one: no installed version can be it.
void drop_long_texts(Advisory& advisory) {
  std::erase_if(advisory.versions, [](const std::string& version) { return version.size() > kVersionBytesMax; });
  std::erase_if(advisory.aliases, [](const std::string& id) { return id.size() > kIdBytesMax || id.empty(); });
}

// Feeds write days ("2022-05-17"), times without a zone, which is UTC's ("2021-04-27 00:49", "2021-04-27 00:49:12"),
// and seconds since 1970 (SUSE). nullopt for what is no date.
std::optional<std::string> utc_date(std::string_view text) {
  constexpr std::size_t kWithMinutes = std::string_view("2021-04-27 00:49").size();
  constexpr std::size_t kWithSeconds = std::string_view("2021-04-27 00:49:12").size();
  constexpr std::string_view kZone = " UTC";
  if (text.ends_with(kZone)) text.remove_suffix(kZone.size());
  constexpr std::int64_t kFirstCount = 100'000'000;  // of 1973: fewer digits are no count
  std::int64_t seconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool is_count = read.ec == std::errc{} && read.ptr == text.data() + text.size();
  if (is_count && seconds >= kFirstCount && seconds <= std::numeric_limits<std::uint32_t>::max())
    return base::format_rfc3339(base::SystemTime(std::chrono::seconds(seconds)));
  std::string spelled(text);
  if (base::is_calendar_day(text)) spelled += "T00:00";
  if (spelled.size() == kWithMinutes) spelled += ":00";
  if (spelled.size() == kWithSeconds) spelled += 'Z';
  const std::optional<base::SystemTime> time = base::parse_rfc3339(spelled);
  return time ? std::optional(base::format_rfc3339(*time)) : std::nullopt;
}

// "9999-12-31T00:00:00Z" is a day, too, though no clock has it.
bool is_timestamp(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00Z";
  constexpr std::size_t kDayBytes = std::string_view("0000-00-00").size();
  const auto fits = [](char c, char form) { return form == '0' ? c >= '0' && c <= '9' : c == form; };
  if (!std::ranges::equal(text, kForm, fits)) return false;
  const auto number = [&](std::size_t at, std::size_t digits) {
    unsigned value = 0;
    std::from_chars(text.data() + at, text.data() + at + digits, value);
    return value;
  };
  const std::chrono::year year(static_cast<int>(number(0, 4)));
  const std::chrono::year_month_day day(year, std::chrono::month(number(5, 2)), std::chrono::day(number(8, 2)));
  return day.ok() && base::parse_rfc3339("2000-01-01" + std::string(text.substr(kDayBytes)));
}

void dedupe_ratings(std::vector<Rating>& ratings) {
  std::vector<Rating> kept;
  for (Rating& rating : ratings) {
    if (std::ranges::find(kept, rating) == kept.end()) kept.push_back(std::move(rating));
  }
  ratings = std::move(kept);
}

}  // namespace

void normalise_record(Advisory& advisory, std::string_view place) {
  Bounds{.advisory = advisory, .place = place}.require_all();
  drop_long_texts(advisory);
  sort_and_dedupe(advisory.aliases);
  std::erase(advisory.aliases, advisory.id);
  drop_zero_epochs(advisory);
  sort_and_dedupe(advisory.intervals);
  drop_versions_in_intervals(advisory);
  sort_and_dedupe(advisory.versions);
  dedupe_ratings(advisory.ratings);
  if (!is_timestamp(advisory.published)) advisory.published = utc_date(advisory.published).value_or("");
  advisory.fix_date = utc_date(advisory.fix_date).value_or("");
  const std::vector<std::string> told = std::exchange(advisory.references, {});
  add_references(advisory.references, told);
  advisory.title = base::escape_text(advisory.title, kTitleBytesMax);
  advisory.justification = base::escape_text(advisory.justification, kJustificationBytesMax);
}

}  // namespace scanner::advisories

#include "scanner/advisories/go_custom_ranges.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "scanner/advisories/intervals.h"
#include "scanner/versions/version_order.h"

namespace scanner::advisories {

namespace {

const versions::VersionOrder& order() {
  return versions::semver_order();
}

bool is_below(std::string_view left, std::string_view right) {
  const auto compared = order().compare(left, right);
  return compared && *compared < 0;
}

bool is_open(const Interval& interval) {
  return interval.fixed.empty() && interval.last_affected.empty();
}

bool begins_below(const Interval& interval, std::string_view version) {
  return interval.introduced.empty() || is_below(interval.introduced, version);
}

bool holds(const std::vector<Interval>& intervals, std::string_view version) {
  return std::ranges::any_of(
      intervals, [version](const Interval& interval) { return interval_holds(interval, version, order()); });
}

// "1.73.5", and not "0.24.2-beta.rc1" nor "0.0.0-20240708073652-5a492a3f0036".
bool is_release(std::string_view version) {
  return version.find('-') == std::string_view::npos;
}

// Where an interval ends and no other goes on.
std::vector<std::string> mended_in(const std::vector<Interval>& intervals) {
  std::vector<std::string> mended;
  for (const Interval& interval : intervals) {
    const bool is_end = order().readable(interval.fixed) && !holds(intervals, interval.fixed);
    if (is_end) mended.push_back(interval.fixed);
  }
  return mended;
}

// "27.0.0" of "26.1.5+incompatible".
std::string next_major(std::string_view version) {
  std::uint64_t major = 0;
  std::from_chars(version.data(), version.data() + version.size(), major);
  return fmt::format("{}.0.0", major + 1);
}

void add_unless_empty(std::vector<Interval>& intervals, const Interval& interval) {
  const bool is_below_fix = interval.fixed.empty() || begins_below(interval, interval.fixed);
  if (is_below_fix && (interval.last_affected.empty() || !is_below(interval.last_affected, interval.introduced)))
    intervals.push_back(interval);
}

// What is left of a custom interval that holds releases which are mended, in order: what is below the first, and other
// numbers than theirs.
void add_beside(std::vector<Interval>& intervals, const Interval& custom, const std::vector<std::string>& mended) {
  const auto [lowest, highest] = std::ranges::minmax(mended, is_below);
  add_unless_empty(intervals, {.introduced = custom.introduced, .fixed = lowest, .last_affected = {}});
  if (is_open(custom)) return;
  Interval behind = custom;
  behind.introduced = next_major(highest);
  add_unless_empty(intervals, behind);
}

// Of `custom` what does not contradict that these are mended.
std::vector<Interval> believed_of(const std::vector<Interval>& custom, const std::vector<std::string>& mended) {
  std::vector<Interval> believed;
  for (const Interval& interval : custom) {
    std::vector<std::string> contradicting;
    std::ranges::copy_if(mended, std::back_inserter(contradicting), [&interval](const std::string& version) {
      if (is_open(interval)) return begins_below(interval, version);
      return is_release(version) && interval_holds(interval, version, order());
    });
    if (contradicting.empty()) {
      believed.push_back(interval);
    } else {
      add_beside(believed, interval, contradicting);
    }
  }
  return believed;
}

void begin_behind_commits(Interval& custom, const std::vector<std::string>& mended) {
  for (const std::string& version : mended) {
    if (!is_release(version) && interval_holds(custom, version, order()))
      custom.introduced = version.substr(0, version.find('-'));
  }
}

// An interval without an end has the custom ones' word for its own, from where they begin to speak.
std::vector<Interval> ended_by(const std::vector<Interval>& known, const std::vector<Interval>& custom) {
  std::vector<Interval> ended;
  for (Interval interval : known) {
    std::optional<std::string> end;  // empty: at the beginning of all
    for (const Interval& one : custom) {
      const bool knows_more = order().readable(one.fixed) && is_release(one.fixed) && begins_below(interval, one.fixed);
      if (!is_open(interval) || !knows_more) continue;
      if (!end || one.introduced.empty() || is_below(one.introduced, *end)) end = one.introduced;
    }
    if (end && (end->empty() || !begins_below(interval, *end))) continue;
    interval.fixed = end.value_or(interval.fixed);
    ended.push_back(std::move(interval));
  }
  return ended;
}

bool is_everything(const Interval& interval) {
  return interval == Interval{};
}

}  // namespace

std::vector<Interval> with_custom_ranges(std::vector<Interval> known, std::vector<Interval> custom) {
  if (custom.empty()) return known;
  if (!known.empty() && std::ranges::all_of(known, is_everything)) {
    known = {{.introduced = {}, .fixed = {}, .last_affected = "0.0.0-zzz"}};
  } else {
    const std::vector<std::string> mended = mended_in(known);
    known = ended_by(known, custom);
    custom = believed_of(custom, mended);
    for (Interval& interval : custom) begin_behind_commits(interval, mended);
  }
  std::ranges::move(custom, std::back_inserter(known));
  return known;
}

}  // namespace scanner::advisories

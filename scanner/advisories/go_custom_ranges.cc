#include "scanner/advisories/go_custom_ranges.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

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

bool is_contradicted(const Interval& custom, const std::vector<std::string>& mended) {
  return std::ranges::any_of(mended, [&custom](const std::string& version) {
    if (is_open(custom)) return begins_below(custom, version);
    return is_release(version) && interval_holds(custom, version, order());
  });
}

void begin_behind_commits(Interval& custom, const std::vector<std::string>& mended) {
  for (const std::string& version : mended) {
    if (!is_release(version) && interval_holds(custom, version, order()))
      custom.introduced = version.substr(0, version.find('-'));
  }
}

bool ends_in_custom(const Interval& known, const std::vector<Interval>& custom) {
  return is_open(known) && std::ranges::any_of(custom, [&known](const Interval& one) {
           return order().readable(one.fixed) && is_release(one.fixed) && begins_below(known, one.fixed);
         });
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
    std::erase_if(known, [&custom](const Interval& interval) { return ends_in_custom(interval, custom); });
    std::erase_if(custom, [&mended](const Interval& interval) { return is_contradicted(interval, mended); });
    for (Interval& interval : custom) begin_behind_commits(interval, mended);
  }
  std::ranges::move(custom, std::back_inserter(known));
  return known;
}

}  // namespace scanner::advisories

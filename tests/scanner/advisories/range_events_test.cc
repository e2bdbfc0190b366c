#include "scanner/advisories/range_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scanner::advisories {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

RangeEvent introduced(std::string version) {
  return {EventKind::kIntroduced, std::move(version)};
}
RangeEvent fixed(std::string version) {
  return {EventKind::kFixed, std::move(version)};
}
RangeEvent last(std::string version) {
  return {EventKind::kLastAffected, std::move(version)};
}

struct Row {
  const char* name;
  const char* purl_type;
  std::vector<RangeEvent> events;
  std::vector<Interval> intervals;
  std::size_t notes = 0;
  bool has_unreadable_bound = false;
};

class IntervalsOfEventsRows : public testing::TestWithParam<Row> {};

TEST_P(IntervalsOfEventsRows, Hold) {
  const Row& row = GetParam();

  const IntervalsOfEvents made = intervals_of_events(row.events, row.purl_type);

  EXPECT_EQ(made.intervals, row.intervals);
  EXPECT_THAT(made.notes, SizeIs(row.notes));
  EXPECT_EQ(made.has_unreadable_bound, row.has_unreadable_bound);
}

INSTANTIATE_TEST_SUITE_P(
    All, IntervalsOfEventsRows,
    testing::Values(
        Row{"one interval from the beginning", "pypi", {introduced("0"), fixed("2.20.0")}, {{"", "2.20.0", ""}}},
        Row{"a closed end", "npm", {introduced("1.0.0"), last("1.2.3")}, {{"1.0.0", "", "1.2.3"}}},
        Row{"no end", "npm", {introduced("1.0.0")}, {{"1.0.0", "", ""}}},
        Row{"two branches in order",
            "pypi",
            {introduced("3.1"), fixed("3.1.13"), introduced("3.2"), fixed("3.2.5")},
            {{"3.1", "3.1.13", ""}, {"3.2", "3.2.5", ""}}},
        Row{"newest branch first",
            "pypi",
            {introduced("4.0"), fixed("4.0.4"), introduced("3.2"), fixed("3.2.13"), introduced("0"), fixed("2.2.28")},
            {{"", "2.2.28", ""}, {"3.2", "3.2.13", ""}, {"4.0", "4.0.4", ""}}},
        Row{"ends before beginnings",
            "pypi",
            {fixed("2.1"), introduced("2.0"), fixed("1.1"), introduced("1.0")},
            {{"1.0", "1.1", ""}, {"2.0", "2.1", ""}}},
        Row{"upside down is nothing, not everything above", "pypi", {introduced("3.0"), fixed("2.0")}, {}, 1},
        Row{"upside down beside a good one",
            "pypi",
            {introduced("1.0"), fixed("1.5"), introduced("3.0"), fixed("2.0")},
            {{"1.0", "1.5", ""}},
            1},
        Row{"one version alone", "npm", {introduced("1.2.3"), last("1.2.3")}, {{"1.2.3", "", "1.2.3"}}},
        Row{"one ends where the next begins",
            "npm",
            {introduced("1.0.0"), fixed("2.0.0"), introduced("2.0.0"), fixed("3.0.0")},
            {{"1.0.0", "2.0.0", ""}, {"2.0.0", "3.0.0", ""}}},
        Row{"a pre-release sorts before its release",
            "npm",
            {introduced("2.0.0"), fixed("2.0.1"), introduced("2.0.0-beta.1"), fixed("2.0.0-rc.1")},
            {{"2.0.0-beta.1", "2.0.0-rc.1", ""}, {"2.0.0", "2.0.1", ""}}},
        Row{"an end that is no version leaves the interval open",
            "pypi",
            {introduced("1.0"), fixed("not a version")},
            {{"1.0", "", ""}},
            1,
            true},
        Row{"a kind without an order pairs as it comes",
            "conda",
            {introduced("2.0"), fixed("2.1"), introduced("1.0"), fixed("1.1")},
            {{"2.0", "2.1", ""}, {"1.0", "1.1", ""}}},
        Row{"nothing", "pypi", {}, {}}),
    [](const auto& row) {
      std::string name;
      for (const char letter : std::string(row.param.name))
        name += std::isalnum(static_cast<unsigned char>(letter)) ? letter : '_';
      return name;
    });

}  // namespace
}  // namespace scanner::advisories

#include "scanner/advisories/go_custom_ranges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "scanner/advisories/intervals.h"
#include "scanner/versions/version_order.h"

namespace scanner::advisories {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

Interval from(std::string introduced, std::string fixed = "") {
  return {.introduced = std::move(introduced), .fixed = std::move(fixed), .last_affected = {}};
}

bool affects(const std::vector<Interval>& intervals, const std::string& version) {
  Advisory record;
  record.intervals = intervals;
  return record_holds(record, version, versions::semver_order());
}

TEST(GoCustomRanges, WithoutThemTheRangesStand) {
  EXPECT_THAT(with_custom_ranges({from("", "1.2.0")}, {}), ElementsAre(from("", "1.2.0")));
  EXPECT_THAT(with_custom_ranges({}, {from("1.0.0", "1.2.0")}), ElementsAre(from("1.0.0", "1.2.0")));
  EXPECT_THAT(with_custom_ranges({}, {}), IsEmpty());
}

TEST(GoCustomRanges, OfEveryVersionTheCommitsStay) {
  const auto all = with_custom_ranges({{}}, {from("", "5.21.2")});
  EXPECT_TRUE(affects(all, "0.0.0-20240708073652-5a492a3f0036"));
  EXPECT_TRUE(affects(all, "5.21.1"));
  EXPECT_FALSE(affects(all, "5.21.2"));
}

// GO-2026-4964: mended in 1.73.5, and custom ranges tell only since when it is there.
TEST(GoCustomRanges, ACustomRangeWithoutAnEndDoesNotReachBehindAKnownOne) {
  const auto rclone = with_custom_ranges({from("", "1.73.5")}, {from("1.45.0")});
  EXPECT_TRUE(affects(rclone, "1.45.0"));
  EXPECT_TRUE(affects(rclone, "1.73.4"));
  EXPECT_FALSE(affects(rclone, "1.73.5"));
  EXPECT_FALSE(affects(with_custom_ranges({from("", "1.73.5")}, {from("")}), "1.73.5"));
}

// GO-2025-4259 (mattermost), GO-2026-5102 (kuma): custom ranges know of an earlier beginning.
TEST(GoCustomRanges, ACustomRangeWithoutAnEndKeepsItsBeginning) {
  const auto mattermost = with_custom_ranges({from("11.0.1+incompatible", "11.0.7+incompatible")}, {from("11.0.0")});
  EXPECT_TRUE(affects(mattermost, "11.0.0+incompatible"));
  EXPECT_FALSE(affects(mattermost, "11.0.7+incompatible"));
  const auto kuma = with_custom_ranges({from("2.12.4", "2.12.10")}, {from("2.12.0")});
  EXPECT_TRUE(affects(kuma, "2.12.0"));
  EXPECT_FALSE(affects(kuma, "2.12.10"));
}

// GO-2026-4924 (juju): the end that Go knows is of commits, and release 4 is open.
TEST(GoCustomRanges, OneThatBeginsAboveEveryKnownEndStands) {
  const Interval commits = from("", "0.0.0-20260120044552-26ff93c903d5");
  EXPECT_THAT(with_custom_ranges({commits}, {from("2.9.0", "2.9.56"), from("4.0.0")}),
              UnorderedElementsAre(commits, from("2.9.0", "2.9.56"), from("4.0.0")));
}

// GO-2024-3005: 26.1.5 is mended, whatever else the custom ranges say.
TEST(GoCustomRanges, OneThatHoldsAMendedReleaseIsBelievedBelowIt) {
  const Interval known = from("26.0.0+incompatible", "26.1.5+incompatible");
  const auto both = with_custom_ranges({known}, {from("19.0.0", "19.03.16"), from("26.1.0", "26.1.15")});
  EXPECT_THAT(both, UnorderedElementsAre(known, from("19.0.0", "19.03.16"), from("26.1.0", "26.1.5+incompatible")));
  EXPECT_TRUE(affects(both, "26.1.4+incompatible"));
  EXPECT_FALSE(affects(both, "26.1.5+incompatible"));
}

// GO-2024-2826 (vitess): Go counts 0.17.7 what the project calls 17.0.7.
TEST(GoCustomRanges, OneOfOtherNumbersThanGosIsBelievedBehindThem) {
  const auto vitess = with_custom_ranges({from("", "0.17.7"), from("0.18.0", "0.18.5"), from("0.19.0", "0.19.4")},
                                         {from("", "17.0.7"), from("18.0.0", "18.0.5"), from("19.0.0", "19.0.4")});
  for (const char* affected : {"0.17.6", "0.18.4", "0.19.3", "17.0.3", "18.0.4", "19.0.3", "14.0.0"}) {
    EXPECT_TRUE(affects(vitess, affected)) << affected;
  }
  for (const char* mended : {"0.17.7", "0.18.5", "0.19.4", "17.0.7", "18.0.5", "19.0.4"}) {
    EXPECT_FALSE(affects(vitess, mended)) << mended;
  }
}

// GO-2024-3312 (lxd).
TEST(GoCustomRanges, OneThatHoldsAMendedCommitBeginsWithTheRelease) {
  const auto both = with_custom_ranges({from("", "0.0.0-20240708073652-5a492a3f0036")}, {from("", "5.21.2")});
  EXPECT_TRUE(affects(both, "0.0.0-20240101000000-000000000000"));
  EXPECT_FALSE(affects(both, "0.0.0-20250101000000-000000000000"));
  EXPECT_TRUE(affects(both, "4.0.9"));
  EXPECT_FALSE(affects(both, "5.21.2"));
}

// GO-2025-3853 (openbao), GO-2024-2768 (rancher): Go knows of no release that is mended.
TEST(GoCustomRanges, AKnownRangeWithoutAnEndEndsWhereCustomOnesSay) {
  const auto openbao =
      with_custom_ranges({from("", "0.0.0-20250806193153-183891f8d535"), from("0.1.0")}, {from("", "2.3.2")});
  EXPECT_TRUE(affects(openbao, "2.3.1"));
  EXPECT_FALSE(affects(openbao, "2.3.2"));
  EXPECT_FALSE(affects(openbao, "0.0.0-20260101000000-000000000000"));
  EXPECT_THAT(with_custom_ranges({from("2.0.0+incompatible")}, {from("", "2.4.16"), from("2.5.0", "2.5.9")}),
              ElementsAre(from("", "2.4.16"), from("2.5.0", "2.5.9")));
}

// GO-2025-4210 (zitadel): the custom range speaks of release 4 alone, and of what is below nobody says that it is
// mended.
TEST(GoCustomRanges, AKnownRangeWithoutAnEndGoesOnToWhereCustomOnesBegin) {
  const auto zitadel = with_custom_ranges({from("1.83.4")}, {from("4.0.0-rc.1", "4.7.1")});
  EXPECT_THAT(zitadel, UnorderedElementsAre(from("1.83.4", "4.0.0-rc.1"), from("4.0.0-rc.1", "4.7.1")));
  EXPECT_THAT(with_custom_ranges({from(""), from("0.7.0", "0.7.2")}, {from("", "2.0.0")}),
              UnorderedElementsAre(from("0.7.0", "0.7.2"), from("", "2.0.0")));
}

// GO-2025-3437: the commit is mended, and the releases above it never were.
TEST(GoCustomRanges, AnEndBelowItsBeginningIsNone) {
  const Interval known = from("0.7.2");
  const Interval custom = from("", "0.7.1-0.20250129155113-4c6e03c463141");
  EXPECT_THAT(with_custom_ranges({known}, {custom}), UnorderedElementsAre(known, custom));
}

TEST(GoCustomRanges, BoundsThatAreNoVersionsContradictNothing) {
  const auto both = with_custom_ranges({from("", "not a version")}, {from("1.45.0")});
  EXPECT_THAT(both, UnorderedElementsAre(from("", "not a version"), from("1.45.0")));
}

}  // namespace
}  // namespace scanner::advisories

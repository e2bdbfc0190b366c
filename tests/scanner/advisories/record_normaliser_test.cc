#include "scanner/advisories/record_normaliser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "scanner/advisories/intervals.h"
#include "scanner/advisories/limits.h"

namespace scanner::advisories {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Advisory record() {
  Advisory advisory;
  advisory.id = "GHSA-1";
  advisory.ecosystem = "pypi";
  advisory.package = "p";
  return advisory;
}

Advisory normalised(Advisory advisory) {
  normalise_record(advisory, "x.json");
  return advisory;
}

TEST(NormaliseRecord, SortsAndDedupes) {
  Advisory advisory = record();
  advisory.aliases = {"PYSEC-1", "CVE-1", "GHSA-1", "CVE-1", ""};
  advisory.intervals = {{"2.0", "3.0", ""}, {"", "1.0", ""}, {"2.0", "3.0", ""}};
  advisory.versions = {"9", "8", "9"};
  advisory.ratings = {{"b", Severity::kHigh, ""}, {"a", Severity::kLow, ""}, {"b", Severity::kHigh, ""}};

  const Advisory result = normalised(advisory);

  EXPECT_THAT(result.aliases, ElementsAre("CVE-1", "PYSEC-1")) << "without its own id";
  EXPECT_THAT(result.intervals, ElementsAre(Interval{"", "1.0", ""}, Interval{"2.0", "3.0", ""}));
  EXPECT_THAT(result.versions, ElementsAre("8", "9"));
  EXPECT_THAT(result.ratings, ElementsAre(Rating{"b", Severity::kHigh, ""}, Rating{"a", Severity::kLow, ""}))
      << "in the order of the feed";
}

TEST(NormaliseRecord, AnEpochOfZeroIsNone) {
  Advisory advisory = record();
  advisory.ecosystem = "rpm:rocky:9:source";
  advisory.intervals = {{"0:1.0-1", "0:4.9.3-2.el9_8.1", ""}, {"", "", "10:1-1"}};
  EXPECT_THAT(normalised(advisory).intervals,
              ElementsAre(Interval{"", "", "10:1-1"}, Interval{"1.0-1", "4.9.3-2.el9_8.1", ""}));
}

TEST(NormaliseRecord, KeepsListedVersionsThatNoIntervalHolds) {
  Advisory advisory = record();
  advisory.intervals = {{"1.0", "2.0", ""}};
  advisory.versions = {"1.5", "2.0", "0.9", "odd version"};
  EXPECT_THAT(normalised(advisory).versions, ElementsAre("0.9", "2.0", "odd version"));

  advisory.ecosystem = "conda";
  EXPECT_THAT(normalised(advisory).versions, ElementsAre("0.9", "1.5", "2.0", "odd version"))
      << "without an order nothing is left out";
}

// As OVAL, Fedora's, Amazon's and SUSE's updateinfo.xml and CSAF write them.
TEST(NormaliseRecord, DatesAreThoseThatPoliciesCanRead) {
  const std::pair<const char*, const char*> rows[] = {
      {"2022-05-17", "2022-05-17T00:00:00Z"},
      {"2021-04-27 00:49:12", "2021-04-27T00:49:12Z"},
      {"2021-04-27 00:49", "2021-04-27T00:49:00Z"},
      {"2021-04-27 00:49:12 UTC", "2021-04-27T00:49:12Z"},
      {"1533572583", "2018-08-06T16:23:03Z"},
      {"2023-12-07T13:53:38+01:00", "2023-12-07T12:53:38Z"},
      {"2026-01-22T13:11:40.643166655Z", "2026-01-22T13:11:40Z"},
      {"2023-12-07T13:53:38Z", "2023-12-07T13:53:38Z"},
      {"20231207", ""},
      {"2023-13-07", ""},
      {"-1", ""},
      {"soon", ""},
      {"", ""},
  };
  for (const auto& [told, kept] : rows) {
    Advisory advisory = record();
    advisory.fix_date = told;
    EXPECT_EQ(normalised(advisory).fix_date, kept) << told;
  }
  Advisory far = record();
  far.published = "9999-12-31T00:00:00Z";
  EXPECT_EQ(normalised(far).published, far.published) << "it is later than any other";
  for (const char* none : {"2024-01", "soon", "0000-00-00T00:00:00", "9999-12-31 00:00:0aZ", "2024-99-99T99:99:99Z",
                           "2023-02-29T00:00:00Z", "9999-02-29T00:00:00Z", "9999-12-31T24:00:00Z"}) {
    far.published = none;
    EXPECT_EQ(normalised(far).published, "") << none;
  }
}

TEST(NormaliseRecord, DoesNotChangeWhatItMade) {
  Advisory advisory = record();
  advisory.aliases = {"CVE-1"};
  advisory.intervals = {{"1.0", "2.0", ""}};
  advisory.versions = {"1.5", "7"};
  advisory.title = "a \x1b title";
  EXPECT_EQ(normalised(normalised(advisory)), normalised(advisory));
}

TEST(NormaliseRecord, RefusesWhatIsPastABoundAndNamesIt) {
  const auto refusal = [](const std::function<void(Advisory&)>& change) -> std::string {
    Advisory advisory = record();
    change(advisory);
    try {
      normalise_record(advisory, "x.json");
    } catch (const base::Error& error) {
      return error.what();
    }
    return "(was taken)";
  };
  EXPECT_THAT(refusal([](Advisory& advisory) { advisory.id.clear(); }), HasSubstr("x.json: a record without an id"));
  EXPECT_THAT(refusal([](Advisory& advisory) { advisory.package.clear(); }), HasSubstr("no package name"));
  EXPECT_THAT(refusal([](Advisory& advisory) { advisory.package.assign(kPackageBytesMax + 1, 'p'); }),
              HasSubstr("bytes of package name"));
  EXPECT_THAT(refusal([](Advisory& advisory) { advisory.id.assign(kIdBytesMax + 1, 'i'); }), HasSubstr("bytes of id"));
  EXPECT_THAT(refusal([](Advisory& advisory) { advisory.aliases.resize(kAliasesMax + 1, "a"); }), HasSubstr("aliases"));
  EXPECT_THAT(refusal([](Advisory& advisory) { advisory.ratings.resize(kRatingsMax + 1); }), HasSubstr("ratings"));
  EXPECT_THAT(refusal([](Advisory& advisory) { advisory.intervals.resize(kIntervalsMax + 1); }),
              HasSubstr("intervals"));
  EXPECT_THAT(refusal([](Advisory& advisory) { advisory.versions.resize(kVersionsMax + 1, "1"); }),
              HasSubstr("versions"));
  EXPECT_THAT(refusal([](Advisory& advisory) {
                advisory.intervals = {{std::string(kVersionBytesMax + 1, '1'), "", ""}};
              }),
              HasSubstr("bytes of version"));
}

TEST(NormaliseRecord, LeavesOutListedTextsThatNothingCanEqual) {
  Advisory advisory = record();
  advisory.versions = {std::string(kVersionBytesMax + 1, '1')};
  advisory.aliases = {std::string(kIdBytesMax + 1, 'C')};
  EXPECT_THAT(normalised(advisory).versions, IsEmpty());
  EXPECT_THAT(normalised(advisory).aliases, IsEmpty());
}

struct Row {
  const char* name;
  Interval interval;
  const char* version;
  bool holds;
};

TEST(IntervalHolds, BoundsAreWhatTheySay) {
  const Row rows[] = {
      {"everything", {"", "", ""}, "0.0.0-0", true},
      {"beginning", {"1.0.0", "", ""}, "1.0.0", true},
      {"pre-release of the beginning", {"1.0.0", "", ""}, "1.0.0-rc.1", false},
      {"made lower bound", {"1.2.4-0", "", ""}, "1.2.4-alpha", true},
      {"made lower bound, below", {"1.2.4-0", "", ""}, "1.2.3", false},
      {"end", {"", "2.0.0", ""}, "2.0.0", false},
      {"pre-release of the end", {"", "2.0.0", ""}, "2.0.0-beta", true},
      {"build of the end", {"", "2.0.0", ""}, "2.0.0+build.1", false},
      {"last", {"", "", "2.0.0"}, "2.0.0", true},
      {"after the last", {"", "", "2.0.0"}, "2.0.1", false},
      {"both ends, the first to come counts", {"", "3.0.0", "2.0.0"}, "2.5.0", false},
      {"an unreadable beginning", {"!", "2.0.0", ""}, "0.1.0", true},
      {"an unreadable end", {"1.0.0", "!", ""}, "9.0.0", true},
      {"an unreadable last", {"1.0.0", "", "!"}, "9.0.0", true},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(interval_holds(row.interval, row.version, versions::semver_order()), row.holds) << row.name;
    EXPECT_EQ(IntervalUnion({row.interval}, versions::semver_order()).holds_version(row.version), row.holds)
        << row.name;
  }
}

}  // namespace
}  // namespace scanner::advisories

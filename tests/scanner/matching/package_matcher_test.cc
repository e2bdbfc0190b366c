#include "scanner/matching/package_matcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scanner::matching {
namespace {

using advisories::Advisory;
using advisories::Interval;
using advisories::Rating;
using advisories::Severity;
using advisories::Status;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

Advisory record(std::string id, std::vector<std::string> aliases, std::vector<Interval> intervals,
                std::vector<std::string> versions = {}) {
  Advisory advisory;
  advisory.id = std::move(id);
  advisory.aliases = std::move(aliases);
  advisory.intervals = std::move(intervals);
  advisory.versions = std::move(versions);
  return advisory;
}

std::vector<PackageIssue> match(const std::vector<Advisory>& records, std::string_view version,
                                const versions::VersionOrder& order = versions::pep440_order()) {
  return match_package(records, version, order);
}

std::vector<std::string> ids(const std::vector<PackageIssue>& issues) {
  std::vector<std::string> result;
  for (const PackageIssue& issue : issues) result.push_back(issue.id);
  return result;
}

struct Row {
  const char* name;
  Interval interval;
  const char* version;
  bool affected;
};

TEST(MatchPackage, IntervalsHoldWhatTheySay) {
  const Row rows[] = {
      {"below the fix", {"", "2.20.0", ""}, "2.19.0", true},
      {"the fix itself", {"", "2.20.0", ""}, "2.20.0", false},
      {"the fix, written shorter", {"", "2.20.0", ""}, "2.20", false},
      {"a pre-release of the fix is affected", {"", "2.0.0", ""}, "2.0.0b1", true},
      {"below the beginning", {"3.1", "3.1.13", ""}, "3.0.9", false},
      {"the beginning itself", {"3.1", "3.1.13", ""}, "3.1", true},
      {"the last affected", {"1.0", "", "1.5"}, "1.5.0", true},
      {"above the last affected", {"1.0", "", "1.5"}, "1.5.1", false},
      {"no end", {"1.0", "", ""}, "999", true},
      {"the lowest version there is", {"", "1", ""}, "0.dev0", true},
      {"upside down holds nothing", {"3.0", "2.0", ""}, "2.5", false},
      {"upside down holds nothing above either", {"3.0", "2.0", ""}, "4.0", false},
      {"a bound that is no version does not bound", {"", "nonsense!", ""}, "5", true},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(match({record("CVE-1", {}, {row.interval})}, row.version).size(), row.affected ? 1U : 0U) << row.name;
  }
}

TEST(MatchPackage, ListedVersionsAreComparedByTheOrder) {
  const std::vector<Advisory> records{record("CVE-1", {}, {}, {"3.0", "4.0rc1", "not a version"})};

  EXPECT_THAT(match(records, "3.0.0"), SizeIs(1));
  EXPECT_THAT(match(records, "4.0.RC1"), SizeIs(1));
  EXPECT_THAT(match(records, "3.0.1"), IsEmpty());
}

TEST(MatchPackage, SeveralRecordsTellOneIssue) {
  std::vector<Advisory> records{record("PYSEC-1", {"CVE-1", "GHSA-1"}, {{"", "2.0", ""}}),
                                record("GHSA-1", {"CVE-1"}, {{"", "2.0", ""}})};
  records[0].published = "2020-01-02T00:00:00Z";
  records[1].published = "2020-01-01T00:00:00Z";
  records[1].title = "title";
  records[1].ratings = {{"ghsa", Severity::kHigh, ""}};

  const auto issues = match(records, "1.0");

  ASSERT_THAT(issues, SizeIs(1));
  EXPECT_EQ(issues[0].id, "CVE-1");
  EXPECT_THAT(issues[0].aliases, ElementsAre("GHSA-1", "PYSEC-1"));
  EXPECT_EQ(issues[0].published, "2020-01-01T00:00:00Z");
  EXPECT_EQ(issues[0].title, "title");
  EXPECT_THAT(issues[0].ratings, ElementsAre(Rating{"ghsa", Severity::kHigh, ""}));
  EXPECT_EQ(issues[0].url, "https://nvd.nist.gov/vuln/detail/CVE-1");
}

TEST(MatchPackage, ARecordWithoutACveJoinsThoseThatShareAName) {
  EXPECT_THAT(
      ids(match({record("PYSEC-1", {"GHSA-1"}, {{"", "2", ""}}), record("GHSA-1", {"CVE-1"}, {{"", "2", ""}})}, "1")),
      ElementsAre("CVE-1"));
  EXPECT_THAT(ids(match({record("PYSEC-1", {"GHSA-1"}, {{"", "2", ""}}), record("GHSA-1", {}, {{"", "2", ""}}),
                         record("X-1", {"PYSEC-1"}, {{"", "2", ""}}), record("Z-1", {}, {{"", "2", ""}})},
                        "1")),
              ElementsAre("GHSA-1", "Z-1"));
}

TEST(MatchPackage, ANoticeAboutSeveralCvesIsAnIssueForEach) {
  const auto issues =
      match({record("DSA-1", {"CVE-1", "CVE-2"}, {{"", "3.0.9-1", ""}}), record("CVE-1", {}, {{"", "3.0.9-1", ""}})},
            "3.0.8-1", versions::debian_order());

  ASSERT_THAT(ids(issues), ElementsAre("CVE-1", "CVE-2"));
  EXPECT_THAT(issues[0].aliases, ElementsAre("DSA-1"))
      << "CVE-2 is another issue: an exception for it is none for CVE-1";
  EXPECT_THAT(issues[1].aliases, ElementsAre("DSA-1"));
}

TEST(MatchPackage, NotAffectedSilencesTheIssueAndWithdrawnSaysNothing) {
  Advisory never = record("CVE-1", {}, {});
  never.status = Status::kNotAffected;
  Advisory withdrawn = record("CVE-2", {}, {{"", "", ""}});
  withdrawn.status = Status::kWithdrawn;

  EXPECT_THAT(match({never}, "1"), IsEmpty());
  EXPECT_THAT(match({withdrawn}, "1"), IsEmpty());
  EXPECT_THAT(match({never, record("ALPINE-CVE-1", {"CVE-1"}, {{"", "2", ""}})}, "1"), IsEmpty());
  EXPECT_THAT(ids(match({withdrawn, record("GHSA-2", {"CVE-2"}, {{"", "2", ""}})}, "1")), ElementsAre("CVE-2"))
      << "one record's withdrawal is not another's";
}

TEST(MatchPackage, TheFixIsTheLowestAboveThatNoRecordCallsAffected) {
  const auto fix = [](const std::vector<Advisory>& records, std::string_view version) {
    return match(records, version).at(0).fixed;
  };
  const std::vector<Advisory> branches{
      record("CVE-1", {}, {{"", "2.2.28", ""}, {"3.2", "3.2.13", ""}, {"4.0", "4.0.4", ""}})};

  EXPECT_EQ(fix(branches, "3.2"), "3.2.13");
  EXPECT_EQ(fix(branches, "1.0"), "2.2.28");
  EXPECT_EQ(fix(branches, "4.0.1"), "4.0.4");
  EXPECT_EQ(fix({record("CVE-1", {}, {{"", "", ""}})}, "1"), "") << "no fix known";
  EXPECT_EQ(fix({record("CVE-1", {}, {{"", "", "1.5"}})}, "1"), "") << "not affected above, but nobody named a version";
  EXPECT_EQ(fix({record("A-1", {"CVE-1"}, {{"", "1.5", ""}}), record("B-1", {"CVE-1"}, {{"", "2.0", ""}})}, "1"), "2.0")
      << "1.5 is affected by the other record's word";
  EXPECT_EQ(fix({record("CVE-1", {}, {{"", "1.5", ""}, {"1.5", "1.7", ""}})}, "1"), "1.7") << "the first fix was none";
  EXPECT_EQ(fix({record("CVE-1", {}, {{"", "1.5", ""}}, {"1.5"})}, "1"), "") << "the fix is listed as affected";
}

// PHP's own version_compare has 1.0 below 1.0.0, and words in capitals below all others.
TEST(MatchPackage, ComposersVersionsAreSpelledOutBeforeTheyAreCompared) {
  const std::vector<Advisory> fixed{record("CVE-1", {}, {{"", "1.0.0-beta2", ""}})};
  const std::vector<Advisory> listed{record("CVE-1", {}, {}, {"v1.0.0"})};

  EXPECT_THAT(match(fixed, "1.0-BETA1", versions::composer_order()), SizeIs(1));
  EXPECT_THAT(match(fixed, "1.0-BETA2", versions::composer_order()), IsEmpty());
  EXPECT_THAT(match(fixed, "1.0", versions::composer_order()), IsEmpty());
  EXPECT_THAT(match(listed, "1.0", versions::composer_order()), SizeIs(1));
}

TEST(MatchPackage, AlpineAndDebianVersionsAreComparedAsSuch) {
  EXPECT_THAT(match({record("CVE-1", {}, {{"", "1.2.3-r10", ""}})}, "1.2.3-r9", versions::apk_order()), SizeIs(1));
  EXPECT_THAT(match({record("CVE-1", {}, {{"", "1:2.0-1+deb12u1", ""}})}, "3.0-1", versions::debian_order()),
              SizeIs(1));
  EXPECT_THAT(match({record("CVE-1", {}, {{"", "2.0-1", ""}})}, "2.0-1~deb12u1", versions::debian_order()), SizeIs(1));
}

// Two notices about one issue: the first did not mend it wholly.
TEST(MatchPackage, TheDayOfAFixIsThatOfTheRecordWhichHasIt) {
  Advisory first = record("RHSA-1", {"CVE-1"}, {{"", "1.1", ""}});
  first.fix_date = "2024-01-01T00:00:00Z";
  Advisory second = record("RHSA-2", {"CVE-1"}, {{"", "1.2", ""}});
  second.fix_date = "2024-02-01T00:00:00Z";
  Advisory again = record("RHSA-3", {"CVE-1"}, {{"", "1.2", ""}});
  again.fix_date = "2024-03-01T00:00:00Z";

  const std::vector<PackageIssue> issues = match({first, again, second}, "1.0");

  ASSERT_THAT(issues, SizeIs(1));
  EXPECT_EQ(issues[0].fixed, "1.2");
  EXPECT_EQ(issues[0].fix_date, "2024-02-01T00:00:00Z");

  Advisory open = record("CVE-1", {}, {{"", "", ""}});
  open.fix_date = "2024-01-01T00:00:00Z";
  EXPECT_EQ(match({open}, "1.0").at(0).fix_date, "") << "of what has no fix there is no day";
}

}  // namespace
}  // namespace scanner::matching

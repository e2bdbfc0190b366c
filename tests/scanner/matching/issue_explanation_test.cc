#include "scanner/matching/issue_explanation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scanner/advisories/database_fixture.h"

namespace scanner::matching {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class IssueExplanationTest : public testing::Test {
 protected:
  IssueExplanationTest() {
    fixture.write("osv/a.json",
                  R"({"id":"GHSA-1","aliases":["CVE-1"],"affected":[{"package":{"ecosystem":"npm","name":"p"},
      "ranges":[{"type":"SEMVER","events":[{"introduced":"1.0.0"},{"fixed":"1.5.0"}]}],"versions":["0.1.0","0.1-dwarf"]}]})");
    fixture.write("osv/b.json", R"({"id":"GHSA-2","withdrawn":"2024-01-01T00:00:00Z","aliases":["CVE-1"],
      "affected":[{"package":{"ecosystem":"npm","name":"p"},"versions":["1.2.0"]}]})");
    fixture.write("tracker.json", R"({"bash":{"CVE-2":{"releases":{
      "bookworm":{"status":"open","urgency":"low"},
      "bullseye":{"status":"resolved","fixed_version":"0","urgency":"low"}}}}})");
    fixture.write("osv/c.json", R"({"id":"DEBIAN-CVE-2","upstream":["CVE-2"],"affected":[
      {"package":{"ecosystem":"Debian:11","name":"bash"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]}]})");
    static_cast<void>(fixture.build({"osv:osv", "debian-tracker:tracker.json"}));
  }

  IssueExplanation explain(const std::vector<Package>& packages, std::string_view id,
                           const std::string& debian = "12") {
    Inventory inventory;
    inventory.distribution = {.id = "debian", .version_id = debian, .codename = "", .pretty_name = ""};
    inventory.packages = packages;
    return explain_issue(inventory, *fixture.open(), id);
  }
  static Package package(const std::string& type, const std::string& name, const std::string& version) {
    return {.type = type, .name = name, .version = version};
  }

  tests::DatabaseFixture fixture;
};

TEST_F(IssueExplanationTest, EachRecordTellsItsOwnVerdictWhicheverNameIsAsked) {
  for (const char* id : {"CVE-1"}) {
    const IssueExplanation explanation = explain({package("npm", "p", "1.2.0"), package("npm", "q", "1.0.0")}, id);
    ASSERT_THAT(explanation.records, SizeIs(2)) << id;
    EXPECT_EQ(explanation.records[0].verdict, RecordVerdict::kAffected);
    EXPECT_EQ(verdict_words(explanation.records[0]), "affected: from 1.0.0 before 1.5.0; 2 listed versions");
    EXPECT_EQ(explanation.records[1].verdict, RecordVerdict::kWithdrawn);
    EXPECT_THAT(explanation.not_looked_up, IsEmpty());
  }
  EXPECT_THAT(explain({package("npm", "p", "1.2.0")}, "GHSA-1").records, SizeIs(1));
  EXPECT_THAT(explain({package("npm", "p", "1.2.0")}, "CVE-9").records, IsEmpty());
}

TEST_F(IssueExplanationTest, AVersionOutsideSaysWhatIsAffected) {
  const IssueExplanation explanation = explain({package("npm", "p", "1.5.0")}, "GHSA-1");
  ASSERT_THAT(explanation.records, SizeIs(1));
  EXPECT_EQ(explanation.records[0].verdict, RecordVerdict::kOutside);
  EXPECT_THAT(verdict_words(explanation.records[0]), HasSubstr("not affected at this version: affected is from 1.0.0"));
}

TEST_F(IssueExplanationTest, ARecordThatClearsThePackageSilencesTheOthers) {
  const IssueExplanation explanation = explain({package("deb", "bash", "5.1-2")}, "CVE-2", "11");
  std::vector<RecordVerdict> verdicts;
  for (const RecordExplanation& one : explanation.records) verdicts.push_back(one.verdict);
  EXPECT_THAT(verdicts, testing::UnorderedElementsAre(RecordVerdict::kSilenced, RecordVerdict::kNotAffected));

  const IssueExplanation open = explain({package("deb", "bash", "5.2-1")}, "CVE-2");
  ASSERT_THAT(open.records, SizeIs(1));
  EXPECT_EQ(verdict_words(open.records[0]), "affected: every version, no fix known");
}

// The tracker clears the package by the CVE's name, and the record in question is asked for by its own.
TEST_F(IssueExplanationTest, WhatSilencesARecordByAnotherNameIsTold) {
  const IssueExplanation explanation = explain({package("deb", "bash", "5.1-2")}, "DEBIAN-CVE-2", "11");
  ASSERT_THAT(explanation.records, SizeIs(2));
  EXPECT_EQ(explanation.records[0].record.id, "DEBIAN-CVE-2");
  EXPECT_EQ(explanation.records[0].verdict, RecordVerdict::kSilenced);
  EXPECT_EQ(explanation.records[1].record.id, "CVE-2");
  EXPECT_EQ(explanation.records[1].verdict, RecordVerdict::kNotAffected);
  EXPECT_THAT(verdict_words(explanation.records[0]), HasSubstr("another record says"));
}

TEST_F(IssueExplanationTest, WhatNobodyCanSayIsSaid) {
  const IssueExplanation explanation = explain(
      {package("npm", "p", "not a version"), package("pypi", "x", "1.0"), package("pypi", "y", "1.0")}, "CVE-1");
  ASSERT_THAT(explanation.not_looked_up, SizeIs(1));
  EXPECT_EQ(explanation.not_looked_up[0].reason, "NotCovered");
  EXPECT_EQ(explanation.not_looked_up[0].count, 2U);
  ASSERT_FALSE(explanation.records.empty());
  EXPECT_EQ(explanation.records[0].verdict, RecordVerdict::kIncomparable);
  EXPECT_THAT(verdict_words(explanation.records[0]), HasSubstr("nobody can say"));
}

TEST_F(IssueExplanationTest, AVersionThatIsNoneIsAffectedWhereItIsListed) {
  const IssueExplanation explanation = explain({package("npm", "p", "0.1-dwarf")}, "CVE-1");
  ASSERT_THAT(explanation.records, SizeIs(2));
  EXPECT_EQ(explanation.records[0].verdict, RecordVerdict::kAffected);
  EXPECT_EQ(explanation.records[1].verdict, RecordVerdict::kWithdrawn);
}

TEST_F(IssueExplanationTest, OfAPackageWithoutItsSourceNobodyCanSay) {
  Package sliced = package("deb", "dash", "0.5-1");
  sliced.found_by = kChiselExtractor;
  for (const std::vector<Package>& packages :
       {std::vector{package("deb", "bash", "5.2-1"), sliced}, std::vector{sliced, package("deb", "bash", "5.2-1")}}) {
    const IssueExplanation explanation = explain(packages, "CVE-2");
    EXPECT_THAT(explanation.records, SizeIs(1));
    EXPECT_THAT(explanation.not_looked_up, SizeIs(1));
  }
}

TEST(RecordVerdict, WordsTellStreamsAndJustifications) {
  RecordExplanation other;
  other.verdict = RecordVerdict::kOtherStream;
  other.record.module = "nodejs:18";
  EXPECT_EQ(verdict_words(other), "about another stream: nodejs:18");
  RecordExplanation cleared;
  cleared.verdict = RecordVerdict::kNotAffected;
  cleared.record.justification = "vulnerable_code_not_present";
  EXPECT_EQ(verdict_words(cleared), "the package is not affected: vulnerable_code_not_present");
  RecordExplanation refused;
  refused.verdict = RecordVerdict::kAffected;
  refused.record.intervals = {{}};
  refused.record.justification = "Will not fix";
  EXPECT_EQ(verdict_words(refused), "affected: every version, no fix known (the vendor: Will not fix)");
  EXPECT_EQ(verdict_name(RecordVerdict::kIncomparable), "Incomparable");
}

}  // namespace
}  // namespace scanner::matching

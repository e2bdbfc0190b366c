#include "scanner/advisories/arch_tracker_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scanner/advisories/feed_result.h"

namespace scanner::advisories {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using tests::FeedResult;

class ArchTrackerFeedTest : public tests::FeedFileTest {
 protected:
  ArchTrackerFeedTest() : FeedFileTest("arch-tracker", "all.json") {}
};

std::string entry(const std::string& status, const std::string& fixed) {
  return R"({"name":"AVG-2843","packages":["openssl","lib32-openssl"],"status":")" + status +
         R"(","severity":"High","type":"denial of service","affected":"3.2.0-1","fixed":)" + fixed +
         R"(,"ticket":null,"issues":["CVE-2024-0727","CVE-2023-6237"],"advisories":["ASA-202401-1"]})";
}

TEST_F(ArchTrackerFeedTest, AnEntryTellsEachIssueForEachPackage) {
  const FeedResult feed = read("[" + entry("Fixed", "\"3.2.1-1\"") + "]");
  ASSERT_THAT(feed.advisories, SizeIs(4));
  const Advisory& first = feed.advisories[0];
  EXPECT_EQ(first.id, "CVE-2024-0727");
  EXPECT_THAT(first.aliases, ElementsAre("ASA-202401-1", "AVG-2843"));
  EXPECT_EQ(first.ecosystem, "alpm:arch");
  EXPECT_EQ(first.package, "openssl");
  EXPECT_THAT(first.intervals, ElementsAre(Interval{"", "3.2.1-1", ""}));
  EXPECT_THAT(first.ratings, ElementsAre(Rating{"arch", Severity::kHigh, ""}));
  EXPECT_EQ(feed.summary.records, 1U);
}

TEST_F(ArchTrackerFeedTest, WithoutAFixEveryVersionIsAffectedAndWhatIsNotAffectedSaysSo) {
  const FeedResult open = read("[" + entry("Vulnerable", "null") + "]");
  EXPECT_THAT(open.advisories[0].intervals, ElementsAre(Interval{"", "", ""}));
  const FeedResult cleared = read("[" + entry("Not affected", "null") + "]");
  EXPECT_EQ(cleared.advisories[0].status, Status::kNotAffected);
}

TEST_F(ArchTrackerFeedTest, WhatIsNotTheTrackerIsRefused) {
  const std::pair<const char*, const char*> rows[] = {
      {"[]", "no issue in it"}, {"{}", "no issue in it"}, {"[{}]", "entry 1"}, {"[", "all.json"}, {"", "all.json"}};
  for (const auto& [text, message] : rows) {
    EXPECT_THAT(error_of(text), HasSubstr(message)) << text;
  }
}

}  // namespace
}  // namespace scanner::advisories

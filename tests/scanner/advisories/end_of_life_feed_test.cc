#include "scanner/advisories/end_of_life_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scanner/advisories/feed_result.h"

namespace scanner::advisories {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using tests::FeedResult;

class EndOfLifeFeedTest : public tests::FeedFileTest {
 protected:
  EndOfLifeFeedTest() : FeedFileTest("endoflife", "products.json") {}
};

std::string product(const std::string& name, const std::string& releases) {
  return R"({"name":")" + name + R"(","label":"x","releases":[)" + releases + "]}";
}

constexpr const char* kBuster = R"({"name":"10","codename":"Buster","isEol":true,"eolFrom":"2022-09-10"})";

TEST_F(EndOfLifeFeedTest, AProductTellsWhenEachReleaseEnds) {
  const FeedResult feed = read(R"({"schema_version":"1.2.0","generated_at":"2026-01-01T00:00:00+00:00","result":)" +
                               product("debian", std::string(kBuster) + R"(,{"name":"14","eolFrom":null})") + "}");
  ASSERT_THAT(feed.advisories, SizeIs(1)) << "of some the day is not known";
  const Advisory& buster = feed.advisories[0];
  EXPECT_EQ(buster.id, "EOL-debian-10");
  EXPECT_EQ(buster.ecosystem, "end-of-life:debian");
  EXPECT_EQ(buster.package, "10");
  EXPECT_EQ(buster.published, "2022-09-10T00:00:00Z");
  EXPECT_EQ(buster.title, "debian 10 gets no security updates since 2022-09-10");
  EXPECT_THAT(buster.ratings, ElementsAre(Rating{"endoflife", Severity::kMedium, ""}));
  EXPECT_EQ(feed.summary.newest, "2026-01-01T00:00:00+00:00");
}

TEST_F(EndOfLifeFeedTest, OfAllProductsThoseThatAreDistributionsCount) {
  const FeedResult feed = read(R"({"result":[)" + product("alpine-linux", R"({"name":"3.9","eolFrom":"2020-11-01"})") +
                               "," + product("nodejs", R"({"name":"10","eolFrom":"2021-04-30"})") + "," +
                               product("rocky-linux", R"({"name":"8","eolFrom":"2029-05-31"})") + "]}");
  std::vector<std::string> ids;
  for (const Advisory& advisory : feed.advisories) ids.push_back(advisory.id);
  EXPECT_THAT(ids, ElementsAre("EOL-alpine-3.9", "EOL-rocky-8"));
}

TEST_F(EndOfLifeFeedTest, AProductMayHaveSeveralIds) {
  const FeedResult feed = read(R"({"result":[)" + product("azure-linux", R"({"name":"2.0","eolFrom":"2025-07-31"})") +
                               "," + product("sles", R"({"name":"15.3","eolFrom":"2022-12-31"})") + "," +
                               product("centos-stream", R"({"name":"8","eolFrom":"2024-05-31"})") + "]}");
  std::vector<std::string> ids;
  for (const Advisory& advisory : feed.advisories) ids.push_back(advisory.id);
  EXPECT_THAT(ids, ElementsAre("EOL-azurelinux-2.0", "EOL-mariner-2.0", "EOL-sles-15.3", "EOL-sles_sap-15.3",
                               "EOL-sled-15.3", "EOL-sle_hpc-15.3", "EOL-centos-stream-8"));
  EXPECT_EQ(feed.summary.records, 3U);
}

TEST_F(EndOfLifeFeedTest, WhatIsNoSuchDocumentIsRefused) {
  const std::pair<std::string, const char*> rows[] = {
      {"{}", "no \"result\""},
      {"[]", "products.json"},
      {R"({"result":)" + product("debian", R"({"name":"10","eolFrom":"soon"})") + "}", "no day such as"}};
  for (const auto& [text, message] : rows) {
    EXPECT_THAT(error_of(text), HasSubstr(message)) << text;
  }
}

}  // namespace
}  // namespace scanner::advisories

// Feeds in a confined child: it says what reading here would say, and reads nothing else.
#include "scanner/feeds/feed_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "tests/scanner/advisories/database_fixture.h"
#include "tests/scanner/feeds/recorded_feed.h"

namespace scanner::feeds {
namespace {

using advisories::BuildSource;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::string_view kRequests =
    R"({"id":"GHSA-x84v-xcm2-53pg","aliases":["CVE-2018-18074"],"modified":"2024-01-02T00:00:00Z",
  "severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}],
  "affected":[{"package":{"ecosystem":"PyPI","name":"requests"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2.20.0"}]}]}]})";
constexpr std::string_view kUnknownEcosystem =
    R"({"id":"X-1","modified":"2024-01-02T00:00:00Z","affected":[{"package":{"ecosystem":"Nowhere","name":"x"},
  "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]}]})";

class FeedProcess : public ::testing::Test {
 protected:
  // The error of reading it in this way, with its type.
  template <typename Expected>
  static std::string message_of(const advisories::ReadFeed& read, const BuildSource& source) {
    try {
      static_cast<void>(tests::record(read, source));
    } catch (const Expected& error) {
      return error.what();
    }
    return "(nothing was thrown)";
  }
  template <typename Expected>
  void expect_the_same_error(const BuildSource& source) {
    const std::string here = message_of<Expected>(advisories::read_feed_pairs, source);
    EXPECT_NE(here, "(nothing was thrown)");
    EXPECT_EQ(message_of<Expected>(read_feed_confined, source), here);
  }

  tests::DatabaseFixture files_;
};

TEST_F(FeedProcess, SaysWhatReadingHereSays) {
  files_.write("osv/requests.json", kRequests);
  files_.write("osv/nowhere.json", kUnknownEcosystem);
  files_.write("epss.csv",
               "#model_version:v2025.03.14,score_date:2026-01-02T00:00:00Z\ncve,epss,percentile\n"
               "CVE-2018-18074,0.5,0.9\n");
  for (const BuildSource& source :
       {BuildSource{"osv", files_.path("osv")}, BuildSource{"osv", files_.path("osv/requests.json")},
        BuildSource{"epss", files_.path("epss.csv")}}) {
    const tests::RecordedFeed feed = tests::record(read_feed_confined, source);
    EXPECT_FALSE(feed.pairs.empty());
    EXPECT_EQ(feed, tests::record(advisories::read_feed_pairs, source)) << source.path;
  }
  EXPECT_THAT(tests::record(read_feed_confined, {"osv", files_.path("osv")}).notes, SizeIs(1));
}

TEST_F(FeedProcess, SaysThatAFeedCannotBeUsed) {
  files_.write("broken/a.json", R"({"id":)");
  files_.write("epss.csv", "cve,epss,percentile\n" + std::string(5000, 'x'));
  expect_the_same_error<base::ConfigError>({"osv", files_.path("missing")});
  expect_the_same_error<base::ParseError>({"osv", files_.path("broken")});
  expect_the_same_error<base::LimitExceeded>({"epss", files_.path("epss.csv")});
}

TEST_F(FeedProcess, ReadsNothingThatTheFeedPointsTo) {
  files_.write("elsewhere/requests.json", kRequests);
  files_.write("osv/requests.json", kRequests);
  std::filesystem::create_symlink(files_.path("elsewhere/requests.json"), files_.path("osv/secret.json"));
  EXPECT_THAT(message_of<base::ConfigError>(read_feed_confined, {"osv", files_.path("osv")}),
              HasSubstr("osv/secret.json: Permission denied"));
}

}  // namespace
}  // namespace scanner::feeds

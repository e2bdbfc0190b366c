#include "scanner/advisories/debian_tracker_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/scanner/advisories/feed_result.h"

namespace scanner::advisories {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using tests::FeedResult;

class DebianTrackerFeedTest : public tests::FeedFileTest {
 protected:
  DebianTrackerFeedTest() : FeedFileTest("debian-tracker", "tracker.json") {}
};

// In the form that the tracker publishes.
std::string tracker(const std::string& releases, const std::string& id = "CVE-2023-0464") {
  return R"({"openssl":{")" + id +
         R"(":{"description":"It breaks.","scope":"remote","debianbug":1034720,"releases":{)" + releases + "}}}}";
}

TEST_F(DebianTrackerFeedTest, EachReleaseHasAWordOfItsOwn) {
  const FeedResult feed = read(tracker(
      R"("bookworm":{"status":"resolved","repositories":{"bookworm":"3.0.9-1"},"fixed_version":"3.0.9-1","urgency":"low"},
         "bullseye":{"status":"open","repositories":{"bullseye":"1.1.1n-0+deb11u4"},"urgency":"unimportant",
                     "nodsa":"Minor issue","nodsa_reason":""},
         "buster":{"status":"undetermined","repositories":{"buster":"1.1.1n-0+deb10u3"},"urgency":"end-of-life"},
         "trixie":{"status":"resolved","repositories":{"trixie":"3.0.9-1"},"fixed_version":"0","urgency":"not yet assigned"},
         "sid":{"status":"open","repositories":{"sid":"3.0.9-1"},"urgency":"high**"})"));

  ASSERT_THAT(feed.advisories, SizeIs(4)) << "sid is no release";
  const Advisory& fixed = feed.advisories[0];
  EXPECT_EQ(fixed.id, "CVE-2023-0464");
  EXPECT_EQ(fixed.package, "openssl");
  EXPECT_EQ(fixed.ecosystem, "deb:debian:12");
  EXPECT_EQ(fixed.title, "It breaks.");
  EXPECT_THAT(fixed.intervals, ElementsAre(Interval{"", "3.0.9-1", ""}));
  EXPECT_THAT(fixed.ratings, ElementsAre(Rating{"debian", Severity::kLow, ""}));
  const Advisory& open = feed.advisories[1];
  EXPECT_EQ(open.ecosystem, "deb:debian:11");
  EXPECT_THAT(open.intervals, ElementsAre(Interval{"", "", ""}));
  EXPECT_THAT(open.ratings, ElementsAre(Rating{"debian", Severity::kLow, ""})) << "Debian's unimportant";
  const Advisory& undetermined = feed.advisories[2];
  EXPECT_EQ(undetermined.status, Status::kAffected) << "open until somebody has looked";
  EXPECT_THAT(undetermined.ratings, IsEmpty());
  EXPECT_EQ(feed.advisories[3].status, Status::kNotAffected) << "it never was in the package";
  EXPECT_THAT(feed.advisories[3].ratings, IsEmpty());
  EXPECT_EQ(feed.summary.records, 1U);
}

TEST_F(DebianTrackerFeedTest, UrgenciesAreDebiansOwnRatings) {
  const std::pair<const char*, std::vector<Rating>> rows[] = {{"high", {{"debian", Severity::kHigh, ""}}},
                                                              {"medium", {{"debian", Severity::kMedium, ""}}},
                                                              {"low**", {{"debian", Severity::kLow, ""}}},
                                                              {"not yet assigned", {}}};
  for (const auto& [urgency, ratings] : rows) {
    const FeedResult feed = read(tracker(R"("bookworm":{"status":"open","urgency":")" + std::string(urgency) + "\"}"));
    ASSERT_THAT(feed.advisories, SizeIs(1));
    EXPECT_EQ(feed.advisories[0].ratings, ratings) << urgency;
  }
}

TEST_F(DebianTrackerFeedTest, AFixThatIsNoVersionBoundsNothing) {
  const FeedResult feed = read(tracker(R"("bookworm":{"status":"resolved","fixed_version":"soon:x","urgency":"low"})"));
  EXPECT_THAT(feed.advisories, SizeIs(1));
  ASSERT_THAT(feed.notes, SizeIs(1));
  EXPECT_THAT(feed.notes[0].place, HasSubstr("openssl"));
}

TEST_F(DebianTrackerFeedTest, ManyPackagesAreReadPackedToo) {
  std::string text = "{";
  for (int i = 0; i < 5000; ++i) {
    text += (i == 0 ? "" : ",") + ("\"p" + std::to_string(i)) +
            R"(":{"CVE-1":{"releases":{"bookworm":{"status":"open","urgency":"low"}}},
                  "TEMP-0290435-0B57B5":{"releases":{"bookworm":{"status":"open","urgency":"low"}}}})";
  }
  fixture.write("all.json", text + "}");
  ASSERT_EQ(std::system(("cd " + fixture.path("") + " && gzip -k all.json && zstd -q all.json").c_str()), 0);
  for (const char* name : {"all.json", "all.json.gz", "all.json.zst"}) {
    EXPECT_THAT(tests::read_feed("debian-tracker", fixture.path(name)).advisories, SizeIs(10000)) << name;
  }
  std::filesystem::resize_file(fixture.path("all.json.zst"),
                               std::filesystem::file_size(fixture.path("all.json.zst")) / 2);
  EXPECT_THAT(tests::feed_error("debian-tracker", fixture.path("all.json.zst")), HasSubstr("truncated"));
}

TEST_F(DebianTrackerFeedTest, WhatIsNotTheTrackersDataIsRefused) {
  const std::pair<const char*, const char*> rows[] = {
      {"{}", "no issue in it"},
      {"[]", "not a JSON object"},
      {R"({"openssl":[]})", "a package is no object"},
      {R"({"openssl":{"CVE-1":7}})", "no issue with \"releases\""},
      {R"({"openssl":{"CVE-1":{}}})", "no issue with \"releases\""},
      {R"({"openssl":{"CVE-1":{"releases":{"bookworm":1}}}})", "package"},
      {R"({"openssl":{"CVE-1":)", "cut off"},
  };
  for (const auto& [text, message] : rows) {
    EXPECT_THAT(error_of(text), HasSubstr(message)) << text;
  }
}

}  // namespace
}  // namespace scanner::advisories

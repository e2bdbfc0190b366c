// Feeds that are remembered: what has not changed is not read, and nothing else is taken for it.
#include "scanner/feeds/feed_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "base/error.h"
#include "scanner/advisories/advisory_codec.h"
#include "tests/scanner/advisories/database_fixture.h"
#include "tests/scanner/feeds/recorded_feed.h"

namespace scanner::feeds {
namespace {

using advisories::BuildSource;
using testing::ElementsAre;

constexpr std::string_view kKev =
    R"({"catalogVersion":"2025.08.01","dateReleased":"2025-08-01T00:00:00Z","vulnerabilities":[
  {"cveID":"CVE-2021-44228","dateAdded":"2021-12-10","knownRansomwareCampaignUse":"Known"}]})";

class FeedCacheTest : public ::testing::Test {
 protected:
  FeedCacheTest() {
    std::filesystem::create_directory(directory_);
    files_.write("kev.json", kKev);
  }

  [[nodiscard]] tests::RecordedFeed read(const BuildSource& source) {
    return tests::record(FeedCache(directory_,
                                   [this](const BuildSource& asked, const advisories::PairSink& sink) {
                                     ++reads_;
                                     if (while_reading_) while_reading_();
                                     return advisories::read_feed_pairs(asked, sink);
                                   }),
                         source);
  }
  [[nodiscard]] std::vector<std::string> remembered() const {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) files.push_back(entry.path());
    return files;
  }

  tests::DatabaseFixture files_;
  std::string directory_ = files_.path("cache");
  BuildSource kev_{"kev", files_.path("kev.json")};
  int reads_ = 0;
  std::function<void()> while_reading_;
};

TEST_F(FeedCacheTest, WhatHasNotChangedIsNotReadAgain) {
  const tests::RecordedFeed first = read(kev_);
  EXPECT_EQ(read(kev_), first);
  EXPECT_EQ(reads_, 1);
  EXPECT_EQ(first, tests::record(advisories::read_feed_pairs, kev_));
  EXPECT_FALSE(first.pairs.empty());
}

TEST_F(FeedCacheTest, NotesAreRememberedToo) {
  files_.write("osv/a.json", R"({"id":"X-1","modified":"2024-01-02T00:00:00Z","affected":[
    {"package":{"ecosystem":"Nowhere","name":"x"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]}]})");
  const BuildSource osv{"osv", files_.path("osv")};
  const tests::RecordedFeed first = read(osv);
  EXPECT_EQ(first.notes.size(), 1U);
  EXPECT_EQ(read(osv), first);
  EXPECT_EQ(reads_, 1);
}

TEST_F(FeedCacheTest, WhatChangedIsReadAndTakesItsPlace) {
  const tests::RecordedFeed first = read(kev_);
  std::string more(kKev);
  more.replace(more.find("44228"), 5, "44229");
  files_.write("kev.json", more);
  EXPECT_NE(read(kev_), first);
  EXPECT_EQ(reads_, 2);
  EXPECT_EQ(remembered().size(), 1U);
}

TEST_F(FeedCacheTest, AFileThatIsNewOrRenamedInAFolderIsAChange) {
  files_.write("osv/a.json", R"({"id":"X-1","modified":"2024-01-02T00:00:00Z","affected":[]})");
  const BuildSource osv{"osv", files_.path("osv")};
  static_cast<void>(read(osv));
  files_.write("osv/b.json", R"({"id":"X-2","modified":"2024-01-02T00:00:00Z","affected":[]})");
  static_cast<void>(read(osv));
  EXPECT_EQ(reads_, 2);
  std::filesystem::rename(files_.path("osv/b.json"), files_.path("osv/c.json"));
  static_cast<void>(read(osv));
  EXPECT_EQ(reads_, 3);
}

TEST_F(FeedCacheTest, TheSameFileInAnotherFormatIsAnotherFeed) {
  static_cast<void>(read(kev_));
  EXPECT_THROW(static_cast<void>(read({"osv", kev_.path})), base::Error);
  EXPECT_EQ(reads_, 2);
}

// Every byte of it counts: a feed that says something else would be signed.
TEST_F(FeedCacheTest, ADamagedFileIsNotBelieved) {
  const tests::RecordedFeed right = read(kev_);
  const std::string file = remembered().at(0);
  std::ifstream in(file, std::ios::binary);
  const std::string good{std::istreambuf_iterator<char>(in), {}};
  for (std::size_t at = 0; at < good.size(); at += 3) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    std::ofstream(file, std::ios::binary) << bad;
    reads_ = 0;
    ASSERT_EQ(read(kev_), right) << at;
    ASSERT_EQ(reads_, 1) << at;
  }
  for (const std::size_t length : {std::size_t{0}, std::size_t{10}, good.size() / 2, good.size() - 1}) {
    std::ofstream(file, std::ios::binary) << good.substr(0, length);
    reads_ = 0;
    ASSERT_EQ(read(kev_), right) << length;
    ASSERT_EQ(reads_, 1) << length;
  }
}

TEST_F(FeedCacheTest, WhatNobodyAskedForInAWeekGoes) {
  using std::filesystem::last_write_time;
  static_cast<void>(read(kev_));
  const std::string old = remembered().at(0);
  const auto eight_days_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(8 * 24);
  last_write_time(old, eight_days_ago);
  static_cast<void>(read(kev_));  // it was asked for
  EXPECT_GT(last_write_time(old), eight_days_ago);

  last_write_time(old, eight_days_ago);
  std::filesystem::copy(files_.path("kev.json"), files_.path("other.json"));
  static_cast<void>(read({"kev", files_.path("other.json")}));
  EXPECT_EQ(remembered().size(), 1U);
  EXPECT_FALSE(std::filesystem::exists(old));
}

// Somebody may name a directory that holds more.
TEST_F(FeedCacheTest, FilesThatAreNotItsOwnAreLeftAlone) {
  using std::filesystem::last_write_time;
  const std::string digits(64, 'a');
  const std::vector<std::string> theirs = {"letter.txt", digits + ".db",       digits + ".", digits.substr(1),
                                           digits + "1", std::string(64, 'A'), "." + digits};
  const auto long_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1000 * 24);
  for (const std::string& name : theirs) {
    files_.write("cache/" + name, "mine");
    last_write_time(directory_ + "/" + name, long_ago);
  }
  files_.write("cache/" + digits + ".4711", "what a killed process left");
  last_write_time(directory_ + "/" + digits + ".4711", long_ago);
  std::filesystem::create_directory(directory_ + "/folder");

  static_cast<void>(read(kev_));

  for (const std::string& name : theirs) EXPECT_TRUE(std::filesystem::exists(directory_ + "/" + name)) << name;
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/" + digits + ".4711"));
  EXPECT_TRUE(std::filesystem::exists(directory_ + "/folder"));
}

TEST_F(FeedCacheTest, AFeedThatCannotBeUsedIsNotRemembered) {
  files_.write("kev.json", "{");
  EXPECT_THROW(static_cast<void>(read(kev_)), base::ParseError);
  EXPECT_THAT(remembered(), ElementsAre());
  EXPECT_THROW(static_cast<void>(read(kev_)), base::ParseError);
  EXPECT_EQ(reads_, 2);
}

TEST_F(FeedCacheTest, AFeedThatIsReplacedMeanwhileIsNotRemembered) {
  while_reading_ = [&] { files_.write("kev.json", std::string(kKev) + "\n"); };
  static_cast<void>(read(kev_));
  EXPECT_THAT(remembered(), ElementsAre());
}

}  // namespace
}  // namespace scanner::feeds

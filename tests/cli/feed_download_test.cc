#include "cli/feed_download.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/file.h"
#include "tests/support/feed_host.h"
#include "tests/support/layout_writer.h"

namespace cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::SizeIs;
using tests::FeedHost;
using Fault = tests::FeedHost::Fault;

class FeedDownloadTest : public testing::Test {
 protected:
  std::string fetch(const std::string& path) { return fetch_url(host_.url(path)); }
  std::string fetch_url(const std::string& url) {
    FeedDownload download({.directory = folder_.path().string(),
                           .http = *http_,
                           .plain_http_hosts = {host_.host()},
                           .on_progress =
                               [this](std::string_view name, std::uint64_t done, std::uint64_t total) {
                                 progress_ =
                                     std::string(name) + " " + std::to_string(done) + "/" + std::to_string(total);
                               },
                           .pause = [this](std::chrono::seconds duration) { pauses_.push_back(duration.count()); }});
    return download.fetch(url);
  }
  template <typename Error>
  std::string failure_of(const std::string& url) {
    try {
      static_cast<void>(fetch_url(url));
    } catch (const Error& error) {
      return error.what();
    }
    ADD_FAILURE() << url << " was fetched";
    return {};
  }
  static std::string content_of(const std::string& path) { return base::read_file(path, 1 << 20); }
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) names.push_back(entry.path().filename().string());
    return names;
  }
  [[nodiscard]] std::vector<int> answers() const {
    std::vector<int> statuses;
    for (const FeedHost::Seen& seen : host_.seen()) statuses.push_back(seen.status);
    return statuses;
  }

  const tests::TemporaryFolder folder_;
  FeedHost host_;
  const std::unique_ptr<net::HttpClient> http_ = net::make_http_client();
  std::string progress_;
  std::vector<std::int64_t> pauses_;
};

TEST_F(FeedDownloadTest, FetchesAFeedAndTellsHowFarItIs) {
  host_.publish("/PyPI/all.zip", "what is known");
  const std::string path = fetch("/PyPI/all.zip");
  EXPECT_EQ(content_of(path), "what is known");
  EXPECT_TRUE(path.ends_with("-all.zip")) << "readers tell by the name how it is packed";
  EXPECT_EQ(progress_, "PyPI/all.zip 13/13");
}

TEST_F(FeedDownloadTest, WhatHasNotChangedIsNotSentAgain) {
  host_.publish("/feed.json", "first", "\"1\"");
  const std::string path = fetch("/feed.json");
  EXPECT_EQ(fetch("/feed.json"), path);
  EXPECT_EQ(answers(), (std::vector{200, 304}));
  EXPECT_EQ(content_of(path), "first");

  host_.publish("/feed.json", "second", "\"2\"");
  EXPECT_EQ(content_of(fetch("/feed.json")), "second");
  EXPECT_EQ(content_of(fetch("/feed.json")), "second");
  EXPECT_EQ(answers(), (std::vector{200, 304, 200, 304}));
}

TEST_F(FeedDownloadTest, WhereNobodySaysWhatChangedItIsSentAgain) {
  host_.publish("/feed.json", "first");
  static_cast<void>(fetch("/feed.json"));
  host_.publish("/feed.json", "second");
  EXPECT_EQ(content_of(fetch("/feed.json")), "second");
}

// Of the file, or of what is remembered of it.
TEST_F(FeedDownloadTest, WhatWasLostIsFetchedAnew) {
  host_.publish("/feed.json", "content", "\"1\"");
  const std::string path = fetch("/feed.json");
  fs::remove(path);
  EXPECT_EQ(content_of(fetch("/feed.json")), "content");
  std::ofstream(path + ".head") << "no JSON";
  EXPECT_EQ(content_of(fetch("/feed.json")), "content");
  EXPECT_EQ(answers(), (std::vector{200, 200, 200}));
}

// After a crash, or when another program wrote there.
TEST_F(FeedDownloadTest, WhatIsNotWhatCameIsFetchedAnew) {
  host_.publish("/feed.json", "the whole feed", "\"1\"");
  const std::string path = fetch("/feed.json");
  std::ofstream(path) << "the whole";
  EXPECT_EQ(content_of(fetch("/feed.json")), "the whole feed");
  EXPECT_EQ(answers(), (std::vector{200, 200}));
}

TEST_F(FeedDownloadTest, AnOddETagIsNotRemembered) {
  host_.publish("/feed.json", "content", "\"" + std::string(2'000, 'e') + "\"");
  static_cast<void>(fetch("/feed.json"));
  EXPECT_EQ(content_of(fetch("/feed.json")), "content");
  EXPECT_EQ(answers(), (std::vector{200, 200}));
}

TEST_F(FeedDownloadTest, TwoAddressesThatEndAlikeAreTwoFeeds) {
  host_.publish("/npm/all.zip", "npm");
  host_.publish("/PyPI/all.zip", "PyPI");
  const std::string npm = fetch("/npm/all.zip");
  EXPECT_EQ(content_of(fetch("/PyPI/all.zip")), "PyPI");
  EXPECT_EQ(content_of(npm), "npm");
}

TEST_F(FeedDownloadTest, AnAddressIsNoPath) {
  host_.publish("/a%2f..%2f..%2fetc/passwd?x=/../y", "content");
  const std::string path = fetch("/a%2f..%2f..%2fetc/passwd?x=/../y");
  EXPECT_EQ(fs::path(path).parent_path(), folder_.path());
  EXPECT_TRUE(path.ends_with("-passwd"));
  host_.publish("/%2e%2e", "content");
  EXPECT_EQ(fs::path(fetch("/%2e%2e")).parent_path(), folder_.path());
}

TEST_F(FeedDownloadTest, TriesAgainWhenATransferBreaks) {
  host_.publish("/feed.json", "the whole feed");
  host_.fail({Fault::kUnavailable, Fault::kCut});
  EXPECT_EQ(content_of(fetch("/feed.json")), "the whole feed");
  EXPECT_EQ(answers(), (std::vector{503, 0, 200}));
  EXPECT_EQ(pauses_, (std::vector<std::int64_t>{2, 8}));
}

TEST_F(FeedDownloadTest, GivesUpAndKeepsWhatItHad) {
  host_.publish("/feed.json", "old", "\"1\"");
  const std::string path = fetch("/feed.json");
  host_.publish("/feed.json", "new", "\"2\"");
  host_.fail({Fault::kCut, Fault::kUnavailable, Fault::kCut});
  const std::string failure = failure_of<base::NetworkError>(host_.url("/feed.json"));
  EXPECT_THAT(failure, HasSubstr("/feed.json"));
  EXPECT_THAT(failure, HasSubstr("3 tries"));
  EXPECT_EQ(content_of(path), "old");
  EXPECT_THAT(files(), SizeIs(2)) << "nothing unfinished is left";
  EXPECT_EQ(content_of(fetch("/feed.json")), "new");
}

TEST_F(FeedDownloadTest, AnAddressWhereNothingIsIsAskedOnce) {
  EXPECT_THAT(failure_of<base::ConfigError>(host_.url("/typo.json")), HasSubstr("answered 404; is the address right?"));
  EXPECT_THAT(answers(), SizeIs(1));
  EXPECT_THAT(files(), SizeIs(0));
}

TEST_F(FeedDownloadTest, FollowsRedirectsWithinBounds) {
  host_.publish("/there.json", "content", "\"1\"");
  host_.redirect("/here", host_.url("/there.json"));
  host_.redirect("/relative", "/there.json");
  host_.redirect("/loop", "/loop");
  EXPECT_EQ(content_of(fetch("/here")), "content");
  EXPECT_EQ(content_of(fetch("/here")), "content");
  EXPECT_EQ(answers().back(), 304);
  EXPECT_EQ(content_of(fetch("/relative")), "content");
  EXPECT_THAT(failure_of<base::ConfigError>(host_.url("/loop")), HasSubstr("too many redirects"));
}

TEST_F(FeedDownloadTest, PlainHttpIsForHostsThatWereNamed) {
  const FeedHost stranger;
  host_.redirect("/here", stranger.url("/there"));
  EXPECT_THAT(failure_of<base::ConfigError>(stranger.url("/feed")), HasSubstr("--plain-http " + stranger.host()));
  EXPECT_THAT(failure_of<base::ConfigError>(host_.url("/here")), HasSubstr("--plain-http " + stranger.host()));
  EXPECT_THAT(stranger.seen(), SizeIs(0));
}

TEST_F(FeedDownloadTest, WhatNobodyAskedForInAWeekGoes) {
  host_.publish("/old.json", "old", "\"1\"");
  host_.publish("/new.json", "new", "\"1\"");
  const std::string old = fetch("/old.json");
  const std::string young = fetch("/new.json");
  const std::string foreign = folder_.file("feed-of-somebody");
  std::ofstream(foreign) << "mine";
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(24 * 8);
  for (const std::string& file : {old, old + ".head", young, young + ".head", foreign}) {
    fs::last_write_time(file, long_ago);
  }
  static_cast<void>(fetch("/new.json"));  // not changed, and used

  FeedDownload({.directory = folder_.path().string(), .http = *http_}).forget_unused();
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(young));
  EXPECT_TRUE(fs::exists(foreign));
  EXPECT_THAT(files(), SizeIs(3));
}

TEST(FeedUrl, IsToldFromAPath) {
  EXPECT_TRUE(is_feed_url("https://feeds.example.com/a.zip"));
  EXPECT_TRUE(is_feed_url("http://127.0.0.1/a.zip"));
  EXPECT_TRUE(is_feed_url("HTTPS://feeds.example.com/a.zip"));
  EXPECT_FALSE(is_feed_url("https.zip"));
  EXPECT_FALSE(is_feed_url("/https://a"));
  EXPECT_FALSE(is_feed_url("ftp://a"));
}

TEST(ShownFeed, LeavesTokensAway) {
  EXPECT_EQ(shown_feed("https://a/b.zip?sig=secret#x"), "https://a/b.zip");
  EXPECT_LE(shown_feed("https://a/" + std::string(5'000, 'p')).size(), 260U);
}

}  // namespace
}  // namespace cli

// A feed as frames: what was written is read, and what nobody wrote is refused.
#include "scanner/feeds/feed_frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"
#include "scanner/advisories/advisory_codec.h"
#include "scanner/advisories/database_keys.h"
#include "tests/scanner/feeds/recorded_feed.h"

namespace scanner::feeds {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using worker::Frame;
using worker::FrameType;

std::string some_advisory() {
  advisories::Advisory advisory{};
  advisory.id = "CVE-2024-1";
  return advisories::encode_advisory(advisory);
}

std::string pairs_of(std::string_view key, std::string_view value) {
  base::FieldWriter fields;
  fields.text(key);
  fields.text(value);
  return fields.take();
}

struct Written {
  std::vector<Frame> frames;
  FeedFrameWriter writer{[this](FrameType type, std::string_view payload) {
    frames.push_back({.type = type, .payload = std::string(payload)});
  }};
};

TEST(FeedFrames, AreReadAsTheyWereWritten) {
  Written written;
  const PairSink sink = written.writer.sink();
  const std::string key = advisories::advisory_key("pypi", "requests");
  sink.on_pair(key, some_advisory());
  sink.on_note({.place = "feed.zip: a.json", .message = "unknown ecosystem", .count = 3});
  sink.on_progress(4, 5);
  sink.on_pair(advisories::ecosystem_key("npm"), "");
  written.writer.finish({.records = 7, .newest = "2026-01-02T00:00:00Z"});

  tests::RecordedFeed feed;
  std::optional<FeedSummary> summary;
  for (const Frame& frame : written.frames) summary = take_feed_frame(frame, tests::sink_of(feed));

  EXPECT_THAT(feed.pairs, ElementsAre(Pair(key, some_advisory()), Pair(advisories::ecosystem_key("npm"), "")));
  EXPECT_THAT(feed.notes, ElementsAre(std::tuple("feed.zip: a.json", "unknown ecosystem", 3U)));
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->records, 7U);
  EXPECT_EQ(summary->newest, "2026-01-02T00:00:00Z");
}

TEST(FeedFrames, PairsAreGatheredIntoFramesThatAreBounded) {
  Written written;
  const PairSink sink = written.writer.sink();
  for (int i = 0; i < 10'000; ++i) sink.on_pair(advisories::ecosystem_key("ecosystem" + std::to_string(i)), "");
  written.writer.finish({});
  EXPECT_THAT(written.frames, SizeIs(testing::Lt(5U)));
  for (const Frame& frame : written.frames) EXPECT_LE(frame.payload.size(), std::size_t{300} << 10);
}

template <typename Error>
void expect_failure(const Error& error) {
  Written written;
  written.writer.fail(error);
  tests::RecordedFeed feed;
  try {
    static_cast<void>(take_feed_frame(written.frames.at(0), tests::sink_of(feed)));
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& thrown) {
    EXPECT_STREQ(thrown.what(), error.what());
  }
}

TEST(FeedFrames, AFailureIsThrownAsWhatItWas) {
  expect_failure(base::ConfigError("opening feed.zip: no such file"));
  expect_failure(base::ParseError("reading feed.zip: damaged"));
  expect_failure(base::LimitExceeded("reading feed.zip: too large"));
  expect_failure(base::Error("reading feed.zip: something else"));
}

TEST(FeedFrames, WordsOfAnAttackerAreNeitherEndlessNorSafeToPrint) {
  Written written;
  written.writer.fail(base::ParseError("a\x1b[2J" + std::string(1 << 20, 'x')));
  tests::RecordedFeed feed;
  try {
    static_cast<void>(take_feed_frame(written.frames.at(0), tests::sink_of(feed)));
  } catch (const base::ParseError& error) {
    EXPECT_EQ(std::string_view(error.what()).substr(0, 8), "a\\u{1b}[");
    EXPECT_LE(std::string_view(error.what()).size(), 1024U);
  }
}

class HostileFrame : public ::testing::TestWithParam<Frame> {};

TEST_P(HostileFrame, IsRefused) {
  tests::RecordedFeed feed;
  EXPECT_THROW(static_cast<void>(take_feed_frame(GetParam(), tests::sink_of(feed))), base::ParseError);
  EXPECT_THAT(feed.pairs, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Frames, HostileFrame,
    ::testing::Values(
        Frame{FrameType::kHello, ""}, Frame{FrameType::kResult, "{}"}, Frame{FrameType::kPairs, "\x05"},
        Frame{FrameType::kPairs, pairs_of("", "")}, Frame{FrameType::kPairs, pairs_of("Z", "info")},
        Frame{FrameType::kPairs, pairs_of("Zinfo", "{}")}, Frame{FrameType::kPairs, pairs_of("qkey", "")},
        Frame{FrameType::kPairs, pairs_of("Apypi", some_advisory())},
        Frame{FrameType::kPairs, pairs_of(advisories::advisory_key("pypi", "x"), "no advisory")},
        Frame{FrameType::kPairs, pairs_of(advisories::advisory_key("pypi", std::string(600, 'x')), some_advisory())},
        Frame{FrameType::kPairs, pairs_of("Enpm", "something")},
        Frame{FrameType::kPairs, pairs_of("LCVE-2024-1", advisories::encode_list({"javascript:x"}))},
        Frame{FrameType::kPairs,
              pairs_of("LCVE-2024-1", advisories::encode_list(std::vector<std::string>(9, "https://a/")))},
        Frame{FrameType::kPairs, pairs_of("TCVE-2024-1", "no threat")},
        Frame{FrameType::kPairs, pairs_of("RCVE-2024-1", "\xff\xff")}, Frame{FrameType::kNote, "\x7f"},
        Frame{FrameType::kProgress, ""}, Frame{FrameType::kSummary, ""}, Frame{FrameType::kFailure, "\x09\x01x"}));

}  // namespace
}  // namespace scanner::feeds

#include "kubernetes/watch_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kubernetes/limits.h"

namespace kubernetes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Feeds the text in pieces of this size.
std::vector<std::string> lines_of(const std::string& text, std::size_t piece_bytes) {
  LineSplitter splitter;
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size(); at += piece_bytes) {
    const std::string piece = text.substr(at, piece_bytes);
    splitter.feed(piece, [&](std::string_view line) {
      lines.emplace_back(line);
      return true;
    });
  }
  return lines;
}

TEST(LineSplitter, FindsTheSameLinesHoweverTheStreamIsCut) {
  const std::string text = "first\n\nsecond line\nthird\nunfinished";
  for (std::size_t piece_bytes = 1; piece_bytes <= text.size(); ++piece_bytes) {
    EXPECT_THAT(lines_of(text, piece_bytes), ElementsAre("first", "second line", "third")) << piece_bytes;
  }
}

TEST(LineSplitter, StopsWhenItIsTold) {
  LineSplitter splitter;
  int lines = 0;
  EXPECT_FALSE(splitter.feed(std::string_view("a\nb\nc\n"), [&](std::string_view) { return ++lines < 2; }));
  EXPECT_EQ(lines, 2);
}

TEST(LineSplitter, BoundsALine) {
  const std::string longest(kWatchLineBytesMax, 'x');
  EXPECT_EQ(lines_of(longest + "\n", 1 << 20).size(), 1U);
  EXPECT_THROW((void)lines_of(longest + "x\n", 1 << 20), base::LimitExceeded);
  EXPECT_THROW((void)lines_of(longest + "x", 1 << 20), base::LimitExceeded) << "also without its end";
}

TEST(WatchEvent, ReadsEachType) {
  const std::pair<const char*, WatchEventType> rows[] = {{"ADDED", WatchEventType::kAdded},
                                                         {"MODIFIED", WatchEventType::kModified},
                                                         {"DELETED", WatchEventType::kDeleted},
                                                         {"BOOKMARK", WatchEventType::kBookmark},
                                                         {"ERROR", WatchEventType::kError}};
  for (const auto& [name, type] : rows) {
    const std::string line = std::string(R"({"type":")") + name + R"(","object":{"a":1}})";
    const std::optional<WatchEvent> event = parse_watch_event(line);
    ASSERT_TRUE(event) << name;
    EXPECT_EQ(event->type, type) << name;
    EXPECT_EQ(event->object.at("a"), 1) << name;
  }
  EXPECT_FALSE(parse_watch_event(R"({"type":"NEWS","object":{}})"));
}

TEST(WatchEvent, RefusesWhatIsNoEvent) {
  const char* rows[] = {"",
                        "null",
                        "[]",
                        "{",
                        "{}",
                        R"({"type":"ADDED"})",
                        R"({"type":"ADDED","object":7})",
                        R"({"type":7,"object":{}})",
                        R"({"object":{}})"};
  for (const char* line : rows) {
    EXPECT_THROW((void)parse_watch_event(line), base::ParseError) << line;
  }
  const std::string deep = R"({"type":"ADDED","object":{"a":)" + std::string(1000, '[') + std::string(1000, ']') + "}}";
  EXPECT_THROW((void)parse_watch_event(deep), base::LimitExceeded);
}

TEST(StatusError, SaysWhatTheServerSaid) {
  const nlohmann::json status = {{"message", "pods \"a\" is\x1b forbidden"},
                                 {"reason", "Forbidden"},
                                 {"code", 403},
                                 {"details", {{"retryAfterSeconds", 7}}}};

  const ApiError error = error_of_status("GET x", 500, status);

  EXPECT_STREQ(error.what(), "GET x: pods \"a\" is\\u{1b} forbidden (Forbidden, 403)");
  EXPECT_EQ(error.status(), 403);
  EXPECT_EQ(error.reason(), "Forbidden");
  EXPECT_EQ(error.retry_after(), std::chrono::seconds(7));
}

TEST(StatusError, UsesTheHttpAnswerWhereTheStatusSaysNothing) {
  for (const nlohmann::json& status : {nlohmann::json(), nlohmann::json::object(), nlohmann::json{{"code", "x"}}}) {
    const ApiError error = error_of_status("GET x", 503, status, std::chrono::seconds(3));
    EXPECT_EQ(error.status(), 503);
    EXPECT_EQ(error.retry_after(), std::chrono::seconds(3));
  }
  const nlohmann::json endless = {{"details", {{"retryAfterSeconds", 1'000'000'000'000}}}};
  EXPECT_EQ(error_of_status("GET x", 503, endless).retry_after(), std::chrono::seconds(kRetryAfterSecondsMax));
}

}  // namespace
}  // namespace kubernetes

// What a feed says of a file, collected.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/advisories/feed.h"
#include "tests/scanner/advisories/database_fixture.h"

namespace tests {

struct FeedResult {
  std::vector<scanner::advisories::Advisory> advisories;
  std::vector<std::string> ecosystems;
  std::map<std::string, scanner::advisories::Threat> threats;
  std::map<std::string, std::vector<scanner::advisories::Rating>> ratings;
  std::vector<scanner::advisories::FeedNote> notes;
  scanner::advisories::FeedSummary summary;
};

// Throws what Feed::read throws.
[[nodiscard]] FeedResult read_feed(std::string_view format, const std::string& path);

// What reading it throws, as a person sees it; "nothing" when it can be read.
[[nodiscard]] std::string feed_error(std::string_view format, const std::string& path);

// A feed of one file, whose content a test writes.
class FeedFileTest : public testing::Test {
 protected:
  FeedFileTest(std::string format, std::string file) : format_(std::move(format)), file_(std::move(file)) {}

  [[nodiscard]] FeedResult read(const std::string& content) const;
  // As feed_error().
  [[nodiscard]] std::string error_of(const std::string& content) const;

  DatabaseFixture fixture;

 private:
  std::string format_;
  std::string file_;
};

}  // namespace tests

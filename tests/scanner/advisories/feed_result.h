// What a feed says of a file, collected.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/advisories/feed.h"

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

}  // namespace tests

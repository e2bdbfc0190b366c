// What feeds say, as the pairs that a database is made of (database_keys.h, advisory_codec.h): between reading a feed
// and sorting what all of them say.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "scanner/advisories/feed.h"

namespace scanner::advisories {

struct BuildSource {
  std::string format;  // "osv"
  std::string path;
  std::string name{};  // what people are told; empty: the last part of the path
};

// Takes what a feed says, in its order, on the calling thread.
struct PairSink {
  std::function<void(std::string key, std::string value)> on_pair;
  std::function<void(FeedNote)> on_note;
  std::function<void(std::uint64_t done, std::uint64_t total)> on_progress;
};

// How a source is read: in this process, in a confined one, or not at all where it has not changed.
using ReadFeed = std::function<FeedSummary(const BuildSource& source, const PairSink& sink)>;

// In this process. Throws what Feed::read throws.
[[nodiscard]] FeedSummary read_feed_pairs(const BuildSource& source, const PairSink& sink);

// Throws base::ParseError for what read_feed_pairs() does not say, since whoever read the feed may have been taken over
// by it.
void check_pair(std::string_view key, std::string_view value);

}  // namespace scanner::advisories

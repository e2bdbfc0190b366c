// All that a feed says, for comparing.
#pragma once

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "scanner/advisories/feed_pairs.h"

namespace tests {

struct RecordedFeed {
  std::vector<std::pair<std::string, std::string>> pairs;
  std::vector<std::tuple<std::string, std::string, std::uint64_t>> notes;
  std::uint64_t records = 0;
  std::string newest;
  bool operator==(const RecordedFeed&) const = default;
};

// Throws what `read` throws.
[[nodiscard]] RecordedFeed record(const scanner::advisories::ReadFeed& read,
                                  const scanner::advisories::BuildSource& source);

// Collects what it is told.
[[nodiscard]] scanner::advisories::PairSink sink_of(RecordedFeed& feed);

}  // namespace tests

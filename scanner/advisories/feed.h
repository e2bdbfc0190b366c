// The interface of an advisory feed: reads a file or a directory and hands over what it says, record by record, so that
// memory does not grow with the feed. Feeds come from outside: sizes are bounded by scanner/advisories/limits.h.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/advisories/advisory.h"

namespace scanner::advisories {

// Something in a feed that was passed over, and where: a bound that is not a version, a range that ends before it
// starts, an ecosystem that is not known here.
struct FeedNote {
  std::string place;    // "osv/npm.zip: GHSA-jf85-cpcp-j695.json", "oval.xml:5714"
  std::string message;  // escaped
  std::uint64_t count = 1;
};

// What a feed hands over. Calls come from the reading thread, in the order of the feed.
struct FeedReader {
  std::function<void(Advisory)> on_advisory;
  std::function<void(std::string_view)> on_ecosystem;  // the feed covers it, though it may name no package of it
  std::function<void(std::string_view cve, const Threat&)> on_threat;
  // Of the issue itself, whatever package has it.
  std::function<void(std::string_view cve, const std::vector<Rating>&)> on_ratings;
  std::function<void(FeedNote)> on_note;
  std::function<void(std::uint64_t bytes_done, std::uint64_t bytes_total)> on_progress;
};

struct FeedSummary {
  std::uint64_t records = 0;  // of the feed's own: an OSV record that names three packages counts once
  std::string newest;         // RFC 3339; empty where the feed does not say
};

class Feed {
 public:
  virtual ~Feed() = default;
  [[nodiscard]] virtual std::string_view format() const = 0;  // "osv"
  // Throws base::ConfigError when `path` is not there, base::ParseError that names the file and the line or record for
  // what is not in the format, base::LimitExceeded for what is past a bound. Any of them means: this feed cannot be
  // used.
  virtual FeedSummary read(const std::string& path, const FeedReader& reader) const = 0;
};

// By format: "osv", "kev", ... Throws base::ConfigError that lists the formats for any other.
[[nodiscard]] const Feed& feed_of(std::string_view format);
[[nodiscard]] std::vector<std::string_view> feed_formats();

}  // namespace scanner::advisories

// Feeds of advisories by their addresses: fetched into a directory, and asked for again only where they have changed
// (RFC 9110, section 13: conditional requests).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "net/http_client.h"

namespace cli {

// What a feed may have, packed as its publisher packs it.
inline constexpr std::uint64_t kFeedBytesMax = std::uint64_t{8} << 30;

// Whether a source's place is an address and no path.
[[nodiscard]] bool is_feed_url(std::string_view place);
// What people are told of an address: without its query, where a token may stand, at most 256 bytes.
[[nodiscard]] std::string shown_feed(const std::string& url);

// Not thread-safe.
class FeedDownload {
 public:
  struct Settings {
    std::string directory;  // of the user alone; exists
    net::HttpClient& http;
    std::set<std::string> plain_http_hosts{};  // "host:port" that may be spoken to without TLS
    // The end of the address, bytes received, and how many there are: 0 where nobody says.
    std::function<void(std::string_view name, std::uint64_t done, std::uint64_t total)> on_progress{};
    std::function<void(std::chrono::seconds)> pause{};  // before another try; empty: none
  };
  explicit FeedDownload(Settings settings) : settings_(std::move(settings)) {}

  // The path of a file with what is at the address now. Tries three times. Throws base::ParseError for an address that
  // is none, base::ConfigError for one that must not be asked or where nothing is, base::NetworkError, which names it,
  // when it cannot be had, and base::LimitExceeded past kFeedBytesMax. What was fetched before stays then, and is not
  // taken for the new. Several programs may use one directory at once.
  [[nodiscard]] std::string fetch(const std::string& url);

  // Takes away what nobody has asked for in a week.
  void forget_unused() const;

 private:
  struct Place;  // of a feed in the directory
  class Arrival;

  // Afterwards the place has what is at the address.
  void get(const net::Url& url, const Place& place, int redirects_left);
  void check(const net::Url& url) const;

  Settings settings_;
};

}  // namespace cli

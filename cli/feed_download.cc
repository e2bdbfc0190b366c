#include "cli/feed_download.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/output_file.h"

namespace cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kAttempts = 3;
constexpr int kRedirectsMax = 5;
constexpr std::chrono::hours kKeptUnused{24 * 7};
constexpr std::size_t kHeadBytesMax = 16 << 10;
constexpr std::string_view kPrefix = "feed-";
constexpr std::string_view kHeadSuffix = ".head";

// The last part of the path: readers tell by its end how a feed is packed.
std::string name_of(const net::Url& url) {
  const std::string path = url.target.substr(0, url.target.find('?'));
  std::string name;
  for (const char c : path.substr(path.rfind('/') + 1)) {
    const bool is_plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    name += is_plain ? c : '_';
  }
  constexpr std::size_t kNameBytesMax = 100;
  return name.size() > kNameBytesMax ? name.substr(name.size() - kNameBytesMax) : name;
}

std::uint64_t length_of(const net::HttpResponse& head) {
  const std::string text = net::find_header(head.headers, "Content-Length").value_or("");
  std::uint64_t length = 0;
  std::from_chars(text.data(), text.data() + text.size(), length);
  return length;
}

// A status that another try may not meet again is a NetworkError; the others are the address's fault.
[[noreturn]] void refuse(const net::Url& url, int status) {
  const std::string message = fmt::format("fetching {}: the server answered {}", url.text(), status);
  if (status == 429 || status >= 500) throw base::NetworkError(message);
  throw base::ConfigError(message + "; is the address right?");
}

}  // namespace

bool is_feed_url(std::string_view place) {
  return place.starts_with("https://") || place.starts_with("http://");
}

// A feed and, beside it, what the next question says of it: written last and taken away first, so that it never speaks
// of another content.
struct FeedDownload::Place {
  std::string name;
  std::string file;
  std::string head;

  // Fields of a conditional request; none where there is nothing to compare with.
  [[nodiscard]] net::Headers conditions(const net::Url& url) const {
    std::error_code none;
    if (!fs::exists(file, none) || !fs::exists(head, none)) return {};
    const json memory = json::parse(base::read_file(head, kHeadBytesMax), nullptr, false);
    if (!memory.is_object() || memory.value("url", json()) != url.text()) return {};
    net::Headers fields;
    for (const auto& [told, asked] : {std::pair("ETag", "If-None-Match"), {"Last-Modified", "If-Modified-Since"}}) {
      const json value = memory.value(told, json());
      if (value.is_string() && net::is_field_value(value.get<std::string>())) fields[asked] = value;
    }
    return fields;
  }

  void remember(const net::Url& url, const net::HttpResponse& answer) const {
    json memory = {{"url", url.text()}};
    for (const char* field : {"ETag", "Last-Modified"}) {
      if (const auto value = net::find_header(answer.headers, field)) memory[field] = *value;
    }
    base::TemporaryFile next(head + ".writing");
    base::write_new_file(next.path(), memory.dump(), 0600);
    next.keep_as(head);
  }
  void forget_head() const {
    std::error_code none;
    fs::remove(head, none);
  }
  void note_use() const {
    std::error_code none;
    fs::last_write_time(head, fs::file_time_type::clock::now(), none);
  }
};

std::string FeedDownload::fetch(const std::string& text) {
  const net::Url url = net::parse_url(text);
  const std::string name = name_of(url);
  const std::string file =
      fmt::format("{}/{}{}-{}", settings_.directory, kPrefix, base::sha256_hex(url.text()).substr(0, 16), name);
  const Place place{.name = name, .file = file, .head = file + std::string(kHeadSuffix)};
  for (int attempt = 1;; ++attempt) {
    try {
      get(url, place, kRedirectsMax);
      return place.file;
    } catch (const base::NetworkError& error) {
      if (attempt == kAttempts) throw base::NetworkError(fmt::format("{} ({} tries)", error.what(), kAttempts));
    }
  }
}

void FeedDownload::check(const net::Url& url) const {
  if (url.scheme == "https" || settings_.plain_http_hosts.contains(url.authority())) return;
  throw base::ConfigError(
      fmt::format("fetching {}: plain http, by which anybody on the way could change what is "
                  "vulnerable; name an https address, or the host by --plain-http {}",
                  url.text(), url.authority()));
}

// The content that is coming: in a file of another name until it is whole.
class FeedDownload::Arrival {
 public:
  Arrival(const net::Url& url, const Place& place) : url_(url), file_(place.file + ".fetching") {}

  void begin(const net::HttpResponse& head) {
    total_ = length_of(head);
    bound(total_);
    out_.emplace(file_.path(), 0600);
  }
  void take(std::span<const char> piece) {
    received_ += piece.size();
    bound(received_);
    out_->write({piece.data(), piece.size()});
  }
  void keep_as(const std::string& path) {
    out_.reset();
    file_.keep_as(path);
  }

  [[nodiscard]] std::uint64_t received() const { return received_; }
  [[nodiscard]] std::uint64_t total() const { return total_; }

 private:
  void bound(std::uint64_t bytes) const {
    if (bytes <= kFeedBytesMax) return;
    throw base::LimitExceeded(fmt::format("fetching {}: longer than {} bytes", url_.text(), kFeedBytesMax));
  }

  const net::Url& url_;
  base::TemporaryFile file_;
  std::optional<base::OutputFile> out_;
  std::uint64_t received_ = 0;
  std::uint64_t total_ = 0;
};

void FeedDownload::get(const net::Url& url, const Place& place, int redirects_left) {
  check(url);
  Arrival arrival(url, place);
  const net::HttpRequest request{.url = url, .headers = place.conditions(url), .total_timeout = {}};
  const net::HttpResponse answer = settings_.http.stream(
      request, [&](const net::HttpResponse& head) { arrival.begin(head); },
      [&](std::span<const char> piece) {
        arrival.take(piece);
        if (settings_.on_progress) settings_.on_progress(place.name, arrival.received(), arrival.total());
        return true;
      });
  const auto location = net::find_header(answer.headers, "Location");
  if (answer.status == 304) {
    place.note_use();
  } else if (location && answer.status >= 300 && answer.status < 400) {
    if (redirects_left == 0) throw base::ConfigError(fmt::format("fetching {}: too many redirects", url.text()));
    get(net::resolve_url(url, *location), place, redirects_left - 1);
  } else if (answer.status < 200 || answer.status >= 300) {
    refuse(url, answer.status);
  } else {
    place.forget_head();
    arrival.keep_as(place.file);
    place.remember(url, answer);
  }
}

void FeedDownload::forget_unused() const {
  std::error_code error;
  for (fs::directory_iterator entry(settings_.directory, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(kPrefix) || !name.ends_with(kHeadSuffix)) continue;
    std::error_code gone;
    if (fs::file_time_type::clock::now() - entry->last_write_time(gone) < kKeptUnused || gone) continue;
    const std::string head = entry->path().string();
    fs::remove(head, gone);
    fs::remove(head.substr(0, head.size() - kHeadSuffix.size()), gone);
  }
}

}  // namespace cli

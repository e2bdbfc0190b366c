#include "cli/feed_download.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/output_file.h"

namespace cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kAttempts = 3;
constexpr int kRedirectsMax = 5;
constexpr std::chrono::hours kTransferMax{2};
constexpr std::chrono::hours kKeptUnused{24 * 7};
constexpr std::size_t kHeadBytesMax = 16 << 10;
constexpr std::size_t kFieldBytesMax = 1 << 10;
constexpr std::size_t kShownBytesMax = 256;
constexpr std::string_view kPrefix = "feed-";
constexpr std::size_t kDigestDigits = 16;
constexpr std::string_view kHeadSuffix = ".head";

std::string path_of(const net::Url& url) {
  return url.target.substr(0, url.target.find('?'));
}

// "PyPI/all.zip": the last part alone is often the same.
std::string end_of(const net::Url& url) {
  const std::string path = path_of(url);
  const std::size_t last = path.rfind('/');
  const std::size_t before = last == 0 ? std::string::npos : path.rfind('/', last - 1);
  return base::escape_text(path.substr(before == std::string::npos ? last + 1 : before + 1), 64);
}

// The last part of the path: readers tell by its end how a feed is packed.
std::string file_name_of(const net::Url& url) {
  constexpr std::size_t kNameBytesMax = 100;
  const std::string path = path_of(url);
  std::string name;
  for (const char c : path.substr(path.rfind('/') + 1)) {
    const bool is_plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    name += is_plain ? c : '_';
  }
  return name.size() > kNameBytesMax ? name.substr(name.size() - kNameBytesMax) : name;
}

bool is_own_name(std::string_view name) {
  return name.starts_with(kPrefix) && name.find('-', kPrefix.size()) == kPrefix.size() + kDigestDigits;
}

std::uint64_t length_of(const net::HttpResponse& head) {
  const std::string text = net::find_header(head.headers, "Content-Length").value_or("");
  std::uint64_t length = 0;
  std::from_chars(text.data(), text.data() + text.size(), length);
  return length;
}

std::string sha256_of(const std::string& path) {
  base::Sha256 hash;
  std::ifstream file(path, std::ios::binary);
  std::array<char, 64 << 10> piece{};
  while (file.read(piece.data(), piece.size()), file.gcount() > 0) {
    hash.update(std::string_view(piece.data(), static_cast<std::size_t>(file.gcount())));
  }
  return hash.finish().hex();
}

// Visible ASCII that is worth sending back.
bool is_plain(std::string_view value) {
  return value.size() <= kFieldBytesMax && std::ranges::all_of(value, [](char c) { return c >= 0x20 && c < 0x7f; });
}

// What another try may not meet again is a NetworkError; the others are the address's fault.
[[noreturn]] void refuse(const std::string& shown, int status) {
  constexpr std::array kPassing = {408, 425, 429};
  const std::string message = fmt::format("fetching {}: the server answered {}", shown, status);
  if (status >= 500 || std::ranges::find(kPassing, status) != kPassing.end()) throw base::NetworkError(message);
  throw base::ConfigError(message + "; is the address right?");
}

}  // namespace

bool is_feed_url(std::string_view place) {
  const auto begins_with = [&](std::string_view scheme) {
    return place.size() > scheme.size() && std::ranges::equal(place.substr(0, scheme.size()), scheme, {}, [](char c) {
             return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
           });
  };
  return begins_with("https://") || begins_with("http://");
}

std::string shown_feed(const std::string& url) {
  return base::escape_text(url.substr(0, url.find_first_of("?#")), kShownBytesMax);
}

// A feed and, beside it, what is remembered of it.
struct FeedDownload::Place {
  std::string file;
  std::string head;
  std::string unfinished;  // of this process

  // Fields of a conditional request. None where there is nothing to compare with, or what is there is not what came:
  // the answer would speak of another content.
  [[nodiscard]] net::Headers conditions(const net::Url& url) const {
    std::error_code none;
    if (!fs::exists(file, none) || !fs::exists(head, none) || fs::file_size(head, none) > kHeadBytesMax) return {};
    const json memory = json::parse(base::read_file(head, kHeadBytesMax), nullptr, false);
    if (!memory.is_object() || memory.value("url", json()) != url.text()) return {};
    net::Headers fields;
    for (const auto& [told, asked] : {std::pair("ETag", "If-None-Match"), {"Last-Modified", "If-Modified-Since"}}) {
      const json value = memory.value(told, json());
      if (value.is_string() && is_plain(value.get_ref<const std::string&>())) fields[asked] = value;
    }
    if (fields.empty() || memory.value("sha256", json()) != sha256_of(file)) return {};
    return fields;
  }

  void remember(const net::Url& url, const net::HttpResponse& answer, const std::string& sha256) const {
    json memory = {{"url", url.text()}, {"sha256", sha256}};
    for (const char* field : {"ETag", "Last-Modified"}) {
      const auto value = net::find_header(answer.headers, field);
      if (value && is_plain(*value)) memory[field] = *value;
    }
    base::TemporaryFile next(unfinished + std::string(kHeadSuffix));
    base::write_new_file(next.path(), memory.dump(), 0600);
    next.keep_as(head);
  }
  void note_use() const {
    std::error_code none;
    for (const std::string& one : {file, head}) fs::last_write_time(one, fs::file_time_type::clock::now(), none);
  }
};

std::string FeedDownload::fetch(const std::string& text) {
  const net::Url url = net::parse_url(text);
  const std::string file = fmt::format("{}/{}{}-{}", settings_.directory, kPrefix,
                                       base::sha256_hex(url.text()).substr(0, kDigestDigits), file_name_of(url));
  const Place place{.file = file,
                    .head = file + std::string(kHeadSuffix),
                    .unfinished = fmt::format("{}.fetching-{}", file, ::getpid())};
  for (int attempt = 1;; ++attempt) {
    try {
      get(url, place, kRedirectsMax);
      return place.file;
    } catch (const base::NetworkError& error) {
      if (attempt == kAttempts) throw base::NetworkError(fmt::format("{} ({} tries)", error.what(), kAttempts));
    }
    if (settings_.pause) settings_.pause(std::chrono::seconds(attempt * attempt * 2));
  }
}

void FeedDownload::check(const net::Url& url) const {
  if (url.scheme == "https" || settings_.plain_http_hosts.contains(url.authority())) return;
  throw base::ConfigError(
      fmt::format("fetching {}: plain http, by which anybody on the way could change what is "
                  "vulnerable; name an https address, or the host by --plain-http {}",
                  shown_feed(url.text()), url.authority()));
}

// The content that is coming: in a file of another name until it is whole.
class FeedDownload::Arrival {
 public:
  Arrival(std::string shown, const std::string& path) : shown_(std::move(shown)), file_(path) {}

  void begin(const net::HttpResponse& head) {
    total_ = length_of(head);
    bound(total_);
    out_.emplace(file_.path(), 0600);
  }
  void take(std::span<const char> piece) {
    received_ += piece.size();
    bound(received_);
    hash_.update(std::string_view(piece.data(), piece.size()));
    out_->write({piece.data(), piece.size()});
  }
  // Returns the SHA-256 of the content, which outlives a crash.
  std::string keep_as(const std::string& path) {
    if (total_ != 0 && received_ != total_) {
      throw base::NetworkError(fmt::format("fetching {}: {} of {} bytes came", shown_, received_, total_));
    }
    out_->sync();
    out_.reset();
    file_.keep_as(path);
    return hash_.finish().hex();
  }

  [[nodiscard]] std::uint64_t received() const { return received_; }
  [[nodiscard]] std::uint64_t total() const { return total_; }

 private:
  void bound(std::uint64_t bytes) const {
    if (bytes <= kFeedBytesMax) return;
    throw base::LimitExceeded(fmt::format("fetching {}: longer than {} bytes", shown_, kFeedBytesMax));
  }

  const std::string shown_;
  base::TemporaryFile file_;
  std::optional<base::OutputFile> out_;
  base::Sha256 hash_;
  std::uint64_t received_ = 0;
  std::uint64_t total_ = 0;
};

void FeedDownload::get(const net::Url& url, const Place& place, int redirects_left) {
  check(url);
  const std::string shown = shown_feed(url.text());
  Arrival arrival(shown, place.unfinished);
  const net::HttpRequest request{.url = url, .headers = place.conditions(url), .total_timeout = kTransferMax};
  const net::HttpResponse answer = settings_.http.stream(
      request, [&](const net::HttpResponse& head) { arrival.begin(head); },
      [&](std::span<const char> piece) {
        arrival.take(piece);
        if (settings_.on_progress) settings_.on_progress(end_of(url), arrival.received(), arrival.total());
        return true;
      });
  const auto location = net::find_header(answer.headers, "Location");
  if (answer.status == 200) {
    place.remember(url, answer, arrival.keep_as(place.file));
  } else if (answer.status == 304 && !request.headers.empty()) {
    place.note_use();
  } else if (location && answer.status > 300 && answer.status < 400) {
    if (redirects_left == 0) throw base::ConfigError(fmt::format("fetching {}: too many redirects", shown));
    get(net::resolve_url(url, *location), place, redirects_left - 1);
  } else {
    refuse(shown, answer.status);
  }
}

void FeedDownload::forget_unused() const {
  std::error_code error;
  for (fs::directory_iterator entry(settings_.directory, error), end; !error && entry != end; entry.increment(error)) {
    if (!is_own_name(entry->path().filename().string())) continue;
    std::error_code gone;
    const auto used = entry->last_write_time(gone);
    if (!gone && fs::file_time_type::clock::now() - used >= kKeptUnused) fs::remove(entry->path(), gone);
  }
}

}  // namespace cli

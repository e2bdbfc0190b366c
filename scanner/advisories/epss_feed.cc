#include "scanner/advisories/epss_feed.h"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <optional>

#include "base/error.h"
#include "scanner/advisories/limits.h"
#include "scanner/advisories/unpacked_file.h"

namespace scanner::advisories {

namespace {

constexpr std::string_view kHeader = "cve,epss,percentile";
constexpr std::string_view kDateMark = "score_date:";

// A probability as a text of one form, so many digits behind the point.
std::optional<std::string> rounded(std::string_view text, int digits) {
  double value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= 1)) return std::nullopt;
  return fmt::format("{:.{}f}", value, digits);
}

// The lines of one file, in order: comments, the header, scores.
class Scores {
 public:
  Scores(const std::string& path, const FeedReader& reader) : path_(path), reader_(reader) {}

  void line(std::string_view text) {
    ++line_;
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.starts_with('#')) return comment(text);
    if (!header_seen_) {
      if (text != kHeader) refuse(fmt::format("not EPSS scores: the first line is not \"{}\"", kHeader));
      header_seen_ = true;
      return;
    }
    if (!text.empty()) score(text);
  }

  [[nodiscard]] FeedSummary finish() const {
    if (!header_seen_) refuse("not EPSS scores: it is empty");
    return summary_;
  }

 private:
  // "#model_version:v2026.06.15,score_date:2026-09-29T12:00:22Z"
  void comment(std::string_view text) {
    const std::size_t mark = text.find(kDateMark);
    if (mark == std::string_view::npos) return;
    text.remove_prefix(mark + kDateMark.size());
    summary_.newest = text.substr(0, text.find(','));
  }

  void score(std::string_view text) {
    const std::size_t first = text.find(',');
    const std::size_t second = text.find(',', first + 1);
    if (second == std::string_view::npos || first == 0 || first > kIdBytesMax) refuse("not three fields");
    const auto epss = rounded(text.substr(first + 1, second - first - 1), 3);
    const auto percentile = rounded(text.substr(second + 1), 2);
    if (!epss || !percentile) refuse("a score that is no number between 0 and 1");
    reader_.on_threat(text.substr(0, first), {.epss = *epss, .epss_percentile = *percentile});
    ++summary_.records;
  }

  [[noreturn]] void refuse(std::string_view why) const {
    throw base::ParseError(fmt::format("reading {}:{}: {}", path_, line_, why));
  }

  const std::string& path_;
  const FeedReader& reader_;
  std::uint64_t line_ = 0;
  bool header_seen_ = false;
  FeedSummary summary_;
};

}  // namespace

FeedSummary EpssFeed::read(const std::string& path, const FeedReader& reader) const {
  UnpackedFile file(path);
  Scores scores(path, reader);
  std::string rest;
  std::array<char, 65536> buffer{};
  while (const std::size_t count = file.read(buffer)) {
    rest.append(buffer.data(), count);
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = rest.find('\n', begin)) != std::string::npos; begin = end + 1) {
      scores.line(std::string_view(rest).substr(begin, end - begin));
    }
    rest.erase(0, begin);
    if (rest.size() > kLineBytesMax) {
      throw base::LimitExceeded(fmt::format("reading {}: a line of more than {} bytes", path, kLineBytesMax));
    }
    reader.on_progress(file.bytes_done(), file.bytes_total());
  }
  if (!rest.empty()) scores.line(rest);
  return scores.finish();
}

}  // namespace scanner::advisories

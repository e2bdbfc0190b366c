#include "registry/retry_after.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <string>
#include <string_view>

#include "registry/limits.h"

namespace registry {

namespace {

std::optional<std::chrono::seconds> parse_seconds(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !(value >= 0)) return std::nullopt;  // "nan" is a number to from_chars
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  // Go durations of less than a second ("35.852µs") count as the least we wait.
  const bool is_small = unit.starts_with("ms") || unit.starts_with("us") || unit.starts_with("ns") ||
                        unit.starts_with("\xC2\xB5s") || unit.starts_with("\xCE\xBCs");
  if (is_small) return std::chrono::seconds(0);
  if (unit.starts_with("m")) value *= 60;
  if (unit.starts_with("h")) value *= 3600;
  const double most = static_cast<double>(kRetryAfterMax.count());
  return std::chrono::seconds(static_cast<std::int64_t>(std::min(value, most)));
}

std::optional<std::chrono::seconds> parse_http_date(const std::string& text, base::SystemTime now) {
  std::tm parts{};
  if (strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) return std::nullopt;
  return std::chrono::seconds(timegm(&parts)) - std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
}

}  // namespace

std::optional<std::chrono::seconds> parse_retry_after(const net::HttpResponse& response, base::SystemTime now) {
  constexpr std::string_view kInBody = "retry-after: ";
  std::optional<std::chrono::seconds> asked;
  if (const auto header = net::find_header(response.headers, "Retry-After")) {
    asked = parse_seconds(*header);
    if (!asked) asked = parse_http_date(*header, now);
  } else if (const std::size_t at = response.body.find(kInBody); at != std::string::npos) {
    asked = parse_seconds(std::string_view(response.body).substr(at + kInBody.size(), 32));
  }
  if (!asked) return std::nullopt;
  return std::clamp(*asked, kRetryAfterMin, kRetryAfterMax);
}

}  // namespace registry

#include "kubernetes/watch_lines.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/log.h"
#include "kubernetes/limits.h"
#include "net/json.h"

namespace kubernetes {
namespace {

struct NamedType {
  std::string_view name;
  WatchEventType type;
};
constexpr std::array<NamedType, 5> kTypes{{{"ADDED", WatchEventType::kAdded},
                                           {"MODIFIED", WatchEventType::kModified},
                                           {"DELETED", WatchEventType::kDeleted},
                                           {"BOOKMARK", WatchEventType::kBookmark},
                                           {"ERROR", WatchEventType::kError}}};

std::string text_of(const nlohmann::json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : std::string();
}

// details.retryAfterSeconds of a Status.
std::optional<std::chrono::seconds> retry_after_of(const nlohmann::json& status) {
  const auto details = status.find("details");
  if (details == status.end() || !details->is_object()) return std::nullopt;
  const auto seconds = details->find("retryAfterSeconds");
  if (seconds == details->end() || !seconds->is_number_integer()) return std::nullopt;
  return std::chrono::seconds(std::clamp<std::int64_t>(seconds->get<std::int64_t>(), 0, kRetryAfterSecondsMax));
}

}  // namespace

bool LineSplitter::feed(std::span<const char> piece, const std::function<bool(std::string_view)>& on_line) {
  std::string_view bytes(piece.data(), piece.size());
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    if (rest_.size() + std::min(end, bytes.size()) > kWatchLineBytesMax) {
      throw base::LimitExceeded("watch: a line is longer than " + std::to_string(kWatchLineBytesMax) + " bytes");
    }
    if (end == std::string_view::npos) {
      rest_ += bytes;
      return true;
    }
    const std::string kept = std::exchange(rest_, {});
    const std::string joined = kept.empty() ? std::string() : kept + std::string(bytes.substr(0, end));
    const std::string_view line = kept.empty() ? bytes.substr(0, end) : std::string_view(joined);
    bytes.remove_prefix(end + 1);
    if (!line.empty() && !on_line(line)) return false;
  }
  return true;
}

std::optional<WatchEvent> parse_watch_event(std::string_view line) {
  nlohmann::json event = net::parse_json_bounded(
      line, "watch event", {.depth_max = kObjectDepthMax, .duplicate_keys = net::DuplicateKeys::kLastWins});
  if (!event.is_object()) throw base::ParseError("watch: a line is not a JSON object");
  const auto object = event.find("object");
  if (object == event.end() || !object->is_object()) throw base::ParseError("watch: an event has no object");
  const std::string name = text_of(event, "type");
  if (name.empty()) throw base::ParseError("watch: an event has no type");
  for (const NamedType& known : kTypes) {
    if (known.name == name) return WatchEvent{known.type, std::move(*object)};
  }
  return std::nullopt;
}

ApiError error_of_status(const std::string& what, int http_status, const nlohmann::json& object,
                         std::optional<std::chrono::seconds> retry_after) {
  const nlohmann::json status = object.is_object() ? object : nlohmann::json::object();
  const auto code = status.find("code");
  const bool has_code = code != status.end() && code->is_number_integer();
  const int number =
      has_code ? static_cast<int>(std::clamp<std::int64_t>(code->get<std::int64_t>(), 0, 999)) : http_status;
  const std::string reason = base::escape_text(text_of(status, "reason"), 64);
  std::string message = what + ": " + base::escape_text(text_of(status, "message"), 2048);
  message += " (" + (reason.empty() ? "" : reason + ", ") + std::to_string(number) + ")";
  const std::optional<std::chrono::seconds> wanted = retry_after_of(status);
  return ApiError(message, number, reason, wanted ? wanted : retry_after);
}

}  // namespace kubernetes

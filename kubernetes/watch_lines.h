// The framing of a watch: one JSON object a line.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "kubernetes/api_client.h"

namespace kubernetes {

// Cuts a stream of pieces into lines. Not thread-safe.
class LineSplitter {
 public:
  // Calls `on_line` for each line that the piece completes, without its newline; empty lines are left out. Returns
  // false as soon as `on_line` does. Throws base::LimitExceeded for a line above kWatchLineBytesMax.
  bool feed(std::span<const char> piece, const std::function<bool(std::string_view line)>& on_line);

 private:
  std::string rest_;
};

// Reads one line of a watch: {"type": ..., "object": {...}}. nullopt for a type that is not known, which newer servers
// may send. Throws base::ParseError when it is no such object.
[[nodiscard]] std::optional<WatchEvent> parse_watch_event(std::string_view line);

// The metav1.Status in `object` as an error; `what` says what was being done. `http_status` and
// `retry_after` (of the headers) count where it says nothing about them.
[[nodiscard]] ApiError error_of_status(const std::string& what, int http_status, const nlohmann::json& object,
                                       std::optional<std::chrono::seconds> retry_after = {});

}  // namespace kubernetes

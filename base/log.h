// Structured logs: one JSON line an event on stderr, {"ts","level","msg",...fields}. `event` is a constant phrase;
// what varies goes into fields. Never log bodies, tokens or credentials. Thread-safe.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace base {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

// Records below this level are dropped. Set once, at start.
void set_log_level(LogLevel level);

// One record as log() writes it, without the newline; `timestamp` is RFC 3339.
[[nodiscard]] std::string format_log_record(LogLevel level, std::string_view timestamp, std::string_view event,
                                            std::initializer_list<LogField> fields);

// Text from outside made safe for a terminal, a log, a status field or HTML source: C0 and C1 controls, DEL,
// bidirectional overrides and invalid UTF-8 become \u{hex}; at most `bytes_max` bytes, cut at a character with "...".
[[nodiscard]] std::string escape_text(std::string_view text, std::size_t bytes_max = 1024);

}  // namespace base

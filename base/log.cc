#include "base/log.h"

#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>

#include <atomic>
#include <cmath>

#include "base/clock.h"

namespace base {

namespace {

constexpr std::size_t kFieldBytesMax = 4096;

std::atomic<LogLevel> lowest_level = LogLevel::kInfo;

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;  // 0: not valid UTF-8
};

// Decodes the first character of `text`, which is not empty. RFC 3629: no overlong forms, no surrogates.
CodePoint first_code_point(std::string_view text) {
  const auto byte_at = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  const unsigned char lead = byte_at(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xF0 && lead < 0xF5   ? 4
                            : lead >= 0xE0 && lead < 0xF0 ? 3
                            : lead >= 0xC2 && lead < 0xE0 ? 2
                                                          : 0;
  if (bytes == 0 || text.size() < bytes) return {};
  char32_t value = lead & (0xFFU >> (bytes + 1));
  for (std::size_t index = 1; index < bytes; ++index) {
    if ((byte_at(index) & 0xC0) != 0x80) return {};
    value = (value << 6) | (byte_at(index) & 0x3F);
  }
  const char32_t lowest = bytes == 2 ? 0x80 : bytes == 3 ? 0x800 : 0x10000;
  if (value < lowest || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {};
  return {value, bytes};
}

bool is_unsafe(char32_t c) {
  const bool control = c < 0x20 || (c >= 0x7F && c <= 0x9F);
  const bool bidirectional =
      (c >= 0x200E && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  return control || bidirectional || c == 0x2028 || c == 0x2029 || c == 0xFEFF;
}

// Nearly all text is printable ASCII, which stands for itself.
bool is_printable_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

bool stands_for_itself_in_json(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  if (text.size() <= kFieldBytesMax && stands_for_itself_in_json(text)) {
    out += text;
  } else {
    for (const char c : escape_text(text, kFieldBytesMax)) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  out += '"';
}

struct AppendValue {
  std::string& out;
  void operator()(std::string_view text) const { append_json_string(out, text); }
  void operator()(std::int64_t number) const { out += fmt::format("{}", number); }
  void operator()(double number) const { out += std::isfinite(number) ? fmt::format("{}", number) : "null"; }
  void operator()(bool flag) const { out += flag ? "true" : "false"; }
};

}  // namespace

std::string escape_text(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max && is_printable_ascii(text)) return std::string(text);
  constexpr std::string_view kCut = "...";
  std::string safe;
  std::size_t before_cut = 0;  // how much of `safe` still leaves room for the dots
  while (!text.empty()) {
    const CodePoint next = first_code_point(text);
    const bool keep = next.bytes != 0 && !is_unsafe(next.value);
    const std::size_t taken = next.bytes == 0 ? 1 : next.bytes;
    const std::string piece =
        keep ? std::string(text.substr(0, taken))
             : fmt::format("\\u{{{:x}}}", next.bytes == 0 ? static_cast<unsigned char>(text.front())
                                                          : static_cast<std::uint32_t>(next.value));
    if (safe.size() + piece.size() > bytes_max) {
      return safe.substr(0, before_cut).append(kCut.substr(0, std::min(kCut.size(), bytes_max)));
    }
    safe += piece;
    if (safe.size() + kCut.size() <= bytes_max) before_cut = safe.size();
    text.remove_prefix(taken);
  }
  return safe;
}

std::string format_log_record(LogLevel level, std::string_view timestamp, std::string_view event,
                              std::initializer_list<LogField> fields) {
  constexpr std::size_t kUsualBytes = 512;
  std::string line;
  line.reserve(kUsualBytes);
  line += R"({"ts":")";
  line += timestamp;
  line += R"(","level":")";
  line += level_name(level);
  line += R"(","msg":)";
  append_json_string(line, event);
  for (const LogField& field : fields) {
    line += ',';
    append_json_string(line, field.name);
    line += ':';
    std::visit(AppendValue{line}, field.value);
  }
  line += '}';
  return line;
}

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (level < lowest_level.load(std::memory_order_relaxed)) return;
  std::string line = format_log_record(level, format_rfc3339(RealClock().system_now()), event, fields);
  line += '\n';
  // One write() a record keeps the lines of several threads apart. A log that cannot be written has nowhere to go.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

void set_log_level(LogLevel level) {
  lowest_level.store(level, std::memory_order_relaxed);
}

}  // namespace base

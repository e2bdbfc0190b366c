// JSON from outside, parsed with bounds. nlohmann::json alone accepts any depth (and overflows the stack when such a
// value is copied or written) and lets the last of two equal keys win.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace net {

enum class DuplicateKeys { kReject, kLastWins };

struct JsonBounds {
  int depth_max = 64;
  DuplicateKeys duplicate_keys = DuplicateKeys::kReject;
  // A value takes up to some 150 bytes, and three of the text suffice for one.
  std::size_t values_max = 4'000'000;
};

// Parses one JSON text. Throws base::ParseError (malformed, not UTF-8, duplicate key) and base::LimitExceeded (too
// deep, too many values); messages name `what`. The caller bounds the text's size.
[[nodiscard]] nlohmann::json parse_json_bounded(std::string_view text, std::string_view what, JsonBounds bounds = {});

// The member where `object` is an object that has it and it is of that type; else empty text, null, or an empty list.
// For documents of many forms, whose readers say themselves what must be there.
[[nodiscard]] std::string text_at(const nlohmann::json& object, const char* name);
[[nodiscard]] const nlohmann::json& object_at(const nlohmann::json& object, const char* name);
[[nodiscard]] const nlohmann::json& list_at(const nlohmann::json& object, const char* name);

// Appends the text as a JSON string, quotes included; what is not UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace net

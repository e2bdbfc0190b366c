// HTTP messages as values, shared by the client and the server.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace net {

// Field names compare without regard to case; a field that occurs several times is joined by ", ".
struct FieldNameLess {
  using is_transparent = void;
  bool operator()(std::string_view left, std::string_view right) const;
};
using Headers = std::map<std::string, std::string, FieldNameLess>;

// The field's value, or nullopt.
[[nodiscard]] std::optional<std::string> find_header(const Headers& headers, std::string_view name);

// Whether the text may be sent as a field's value: no control characters, so that it cannot begin another field.
[[nodiscard]] bool is_field_value(std::string_view value);

struct Url {
  std::string scheme;  // lower case
  std::string host;    // lower case, IPv6 in brackets
  int port = 0;        // always set: 443 or 80 where the text has none
  std::string target;  // path and query, at least "/"

  [[nodiscard]] std::string text() const;
  // "host:port"
  [[nodiscard]] std::string authority() const;
  auto operator<=>(const Url&) const = default;
};

// Reads an absolute http or https URL without user information. Throws base::ParseError.
[[nodiscard]] Url parse_url(std::string_view text);

// The URL that a Location or Link field means: absolute, or relative to `base` (RFC 3986, 5.2, without "." and ".."
// parts, which are kept). Throws base::ParseError.
[[nodiscard]] Url resolve_url(const Url& base, std::string_view reference);

// Percent-encodes everything but RFC 3986's unreserved characters.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace net

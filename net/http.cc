#include "net/http.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/log.h"

namespace net {

namespace {

constexpr std::size_t kUrlBytesMax = 8192;

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), to_lower);
  return out;
}

int default_port(std::string_view scheme) {
  return scheme == "https" ? 443 : 80;
}

[[noreturn]] void refuse(std::string_view url, std::string_view why) {
  // The query may hold a signature, so it is not shown.
  throw base::ParseError("URL \"" + base::escape_text(url.substr(0, url.find('?')), 300) + "\": " + std::string(why));
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
    return is_alphanumeric(c) || c == '.' || c == '-' || c == '_';
  });
}

bool is_bracketed_ipv6(std::string_view host) {
  return host.size() >= 4 && host.back() == ']' && std::all_of(host.begin() + 1, host.end() - 1, [](char c) {
           return (c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'f') || c == ':' || c == '.';
         });
}

int parse_port(std::string_view whole, std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535) {
    refuse(whole, "the port must be a number from 1 to 65535");
  }
  return port;
}

void set_authority(std::string_view whole, std::string_view authority, Url& url) {
  if (authority.find('@') != std::string_view::npos) refuse(whole, "user information is not allowed");
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const std::string_view host = authority.substr(0, colon);
  if (!(host.starts_with('[') ? is_bracketed_ipv6(host) : is_host_name(host))) refuse(whole, "the host is malformed");
  url.host = lower(host);
  url.port =
      colon == std::string_view::npos ? default_port(url.scheme) : parse_port(whole, authority.substr(colon + 1));
}

}  // namespace

bool FieldNameLess::operator()(std::string_view left, std::string_view right) const {
  return std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end(),
                                      [](char a, char b) { return to_lower(a) < to_lower(b); });
}

std::optional<std::string> find_header(const Headers& headers, std::string_view name) {
  const auto found = headers.find(name);
  if (found == headers.end()) return std::nullopt;
  return found->second;
}

bool is_field_value(std::string_view value) {
  return std::none_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7F;
  });
}

std::string Url::authority() const {
  return host + ":" + std::to_string(port);
}

std::string Url::text() const {
  return scheme + "://" + (port == default_port(scheme) ? host : authority()) + target;
}

Url parse_url(std::string_view text) {
  if (text.size() > kUrlBytesMax) refuse(text, "it is longer than 8192 bytes");
  if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c > '~' || c == '\\'; })) {
    refuse(text, "only printable ASCII without spaces and backslashes is allowed");
  }
  const std::size_t colon = text.find("://");
  Url url;
  url.scheme = lower(text.substr(0, colon));
  if (colon == std::string_view::npos || (url.scheme != "https" && url.scheme != "http")) {
    refuse(text, "it must begin with https:// or http://");
  }
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t target = rest.find_first_of("/?");
  set_authority(text, rest.substr(0, target), url);
  url.target = target == std::string_view::npos ? "/" : std::string(rest.substr(target));
  if (url.target.front() == '?') url.target.insert(0, "/");
  return url;
}

Url resolve_url(const Url& base, std::string_view reference) {
  // A scheme ends at a colon before any slash or query.
  const std::size_t colon = reference.find_first_of(":/?");
  if (colon != std::string_view::npos && reference[colon] == ':') return parse_url(reference);
  if (reference.starts_with("//")) return parse_url(base.scheme + ":" + std::string(reference));
  const std::string_view path = std::string_view(base.target).substr(0, base.target.find('?'));
  std::string target;
  if (reference.empty()) {
    target = base.target;
  } else if (reference.front() == '/') {
    target = reference;
  } else if (reference.front() == '?') {
    target = std::string(path) + std::string(reference);
  } else {
    target = std::string(path.substr(0, path.rfind('/') + 1)) + std::string(reference);
  }
  return parse_url(base.scheme + "://" + base.authority() + target);
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHexDigits[byte >> 4U];
    out += kHexDigits[byte & 15U];
  }
  return out;
}

}  // namespace net

#include "base/purl.h"

#include <algorithm>

#include "base/error.h"

namespace base {
namespace {

// The specification's characters that stay as they are; the colon is one of them.
bool stays(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view(".-_~:").find(c) != std::string_view::npos;
}

void append_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    if (stays(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
}

// Each segment is encoded on its own; empty ones are left out.
void append_namespace(std::string& out, std::string_view space) {
  while (!space.empty()) {
    const std::size_t end = space.find('/');
    const std::string_view segment = space.substr(0, end);
    if (!segment.empty()) {
      append_encoded(out, segment);
      out += '/';
    }
    space.remove_prefix(end == std::string_view::npos ? space.size() : end + 1);
  }
}

}  // namespace

std::string write_purl(const PurlParts& parts) {
  CHECK(!parts.type.empty() && !parts.name.empty());
  std::string out = "pkg:";
  out += parts.type;
  out += '/';
  append_namespace(out, parts.space);
  append_encoded(out, parts.name);
  if (!parts.version.empty()) {
    out += '@';
    append_encoded(out, parts.version);
  }
  char separator = '?';
  for (const auto& [key, value] : parts.qualifiers) {
    if (value.empty()) continue;
    out += separator;
    out += key;
    out += '=';
    append_encoded(out, value);
    separator = '&';
  }
  return out;
}

namespace {

constexpr std::string_view kScheme = "pkg:";

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = digit_of(text[i + 1]);
    const int low = digit_of(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string in_lower_case(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

// Takes what stands behind the last `mark` off the text; empty: there is none.
std::string_view take_behind_last(std::string_view& text, char mark) {
  const std::size_t at = text.rfind(mark);
  if (at == std::string_view::npos) return {};
  const std::string_view behind = text.substr(at + 1);
  text = text.substr(0, at);
  return behind;
}

bool is_type(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-+") == std::string_view::npos;
}

bool read_qualifiers(std::string_view text, Purl& purl) {
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    std::optional<std::string> value = decoded(pair.substr(equals + 1));
    if (!value) return false;
    if (!value->empty())
      purl.qualifiers.emplace_back(in_lower_case(std::string(pair.substr(0, equals))), std::move(*value));
  }
  return true;
}

// "%40angular/core" -> the namespace, and the name.
bool read_path(std::string_view text, Purl& purl) {
  while (text.ends_with('/')) text.remove_suffix(1);
  const std::size_t slash = text.rfind('/');
  std::optional<std::string> name = decoded(slash == std::string_view::npos ? text : text.substr(slash + 1));
  std::optional<std::string> space =
      decoded(slash == std::string_view::npos ? std::string_view{} : text.substr(0, slash));
  if (!name || !space || name->empty()) return false;
  purl.name = std::move(*name);
  purl.space = std::move(*space);
  return true;
}

}  // namespace

std::string_view Purl::qualifier(std::string_view key) const {
  const auto found = std::ranges::find(qualifiers, key, &std::pair<std::string, std::string>::first);
  return found == qualifiers.end() ? std::string_view{} : std::string_view(found->second);
}

// In the order that the specification gives: subpath, qualifiers, scheme, type, version, name, namespace.
std::optional<Purl> parse_purl(std::string_view text) {
  if (text.size() > kPurlBytesMax || !text.starts_with(kScheme)) return std::nullopt;
  text.remove_prefix(kScheme.size());
  take_behind_last(text, '#');
  Purl purl;
  if (!read_qualifiers(take_behind_last(text, '?'), purl)) return std::nullopt;
  while (text.starts_with('/')) text.remove_prefix(1);
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  purl.type = in_lower_case(std::string(text.substr(0, slash)));
  if (!is_type(purl.type)) return std::nullopt;
  text.remove_prefix(slash + 1);
  // Not every writer encodes the "@" of a scope.
  const std::size_t at = text.rfind('@');
  if (at != std::string_view::npos && at != 0 && text.find('/', at) == std::string_view::npos) {
    const std::optional<std::string> version = decoded(take_behind_last(text, '@'));
    if (!version) return std::nullopt;
    purl.version = *version;
  }
  if (!read_path(text, purl)) return std::nullopt;
  return purl;
}

}  // namespace base

#include "scanner/inventory/purl.h"

#include "base/error.h"

namespace scanner::inventory {
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

}  // namespace scanner::inventory

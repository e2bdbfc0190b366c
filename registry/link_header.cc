#include "registry/link_header.h"

#include <algorithm>

namespace registry {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

bool equals_ignoring_case(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return lower(a) == lower(b);
  });
}

// Takes what comes before the character, outside of quotation marks, and the character.
std::string_view take_until(std::string_view& rest, std::string_view ends) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < rest.size(); ++at) {
    if (rest[at] == '"') quoted = !quoted;
    if (quoted && rest[at] == '\\') ++at;
    if (!quoted && at < rest.size() && ends.find(rest[at]) != std::string_view::npos) break;
  }
  at = std::min(at, rest.size());
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(at);
  return taken;
}

// Whether a parameter is rel=next or has it among several: rel="prev next".
bool says_next(std::string_view parameter) {
  const std::size_t equals = parameter.find('=');
  if (equals == std::string_view::npos || !equals_ignoring_case(trim(parameter.substr(0, equals)), "rel")) return false;
  std::string_view value = trim(parameter.substr(equals + 1));
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
  while (!value.empty()) {
    const std::size_t space = std::min(value.find(' '), value.size());
    if (equals_ignoring_case(value.substr(0, space), "next")) return true;
    value.remove_prefix(std::min(space + 1, value.size()));
  }
  return false;
}

}  // namespace

std::optional<std::string> next_link(std::string_view field) {
  while (true) {
    field = trim(field);
    const std::size_t end = field.find('>');
    if (!field.starts_with('<') || end == std::string_view::npos) return std::nullopt;
    const std::string_view target = field.substr(1, end - 1);
    field.remove_prefix(end + 1);
    bool is_next = false;
    while (!field.empty() && field.front() != ',') {
      is_next = says_next(take_until(field, ";,")) || is_next;
      if (field.starts_with(';')) field.remove_prefix(1);
    }
    if (is_next && !target.empty()) return std::string(target);
    if (field.empty()) return std::nullopt;
    field.remove_prefix(1);
  }
}

}  // namespace registry

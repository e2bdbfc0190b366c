// Lines of a text, and texts without blanks and quotes around them.
#pragma once

#include <string_view>

namespace scanner::inventory {

// Cuts the first line off and returns it without its end. At the end of the text it is empty.
[[nodiscard]] constexpr std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

// Carriage returns count as blanks: files may have been written elsewhere.
[[nodiscard]] constexpr std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// A scalar of YAML as tools write it: without the blanks and the pair of quotes around it.
[[nodiscard]] constexpr std::string_view yaml_scalar(std::string_view text) {
  text = without_blanks(text);
  const bool quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
  return quoted ? text.substr(1, text.size() - 2) : text;
}

}  // namespace scanner::inventory

#include "scanner/inventory/stanza.h"

#include <algorithm>

#include "scanner/inventory/limits.h"
#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_in_any_case(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char l, char r) { return lower(l) == lower(r); });
}

bool continues_a_field(std::string_view line) {
  return line.front() == ' ' || line.front() == '\t';
}

// Adds a line that is not blank.
void add_line(Stanza& stanza, std::string_view line, std::size_t number) {
  if (continues_a_field(line)) {
    if (stanza.fields.empty() && stanza.broken_line == 0) stanza.broken_line = number;
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos) {
    if (stanza.broken_line == 0) stanza.broken_line = number;
    return;
  }
  if (stanza.fields.size() < kStanzaFieldsMax) {
    stanza.fields.emplace_back(line.substr(0, colon), without_blanks(line.substr(colon + 1)));
  }
}

}  // namespace

std::string_view Stanza::value(std::string_view name) const {
  for (const auto& [field, text] : fields) {
    if (equal_in_any_case(field, name)) return text;
  }
  return {};
}

std::string_view Stanza::value_of_letter(char name) const {
  for (const auto& [field, text] : fields) {
    if (field.size() == 1 && field[0] == name) return text;
  }
  return {};
}

bool StanzaReader::next(Stanza& stanza) {
  stanza.fields.clear();
  stanza.line = 0;
  stanza.broken_line = 0;
  while (!rest_.empty()) {
    const std::string_view line = take_line(rest_);
    ++line_;
    const bool blank = without_blanks(line).empty();
    if (blank && stanza.line == 0) continue;
    if (blank) return true;
    if (stanza.line == 0) stanza.line = line_;
    add_line(stanza, line, line_);
  }
  return stanza.line != 0;
}

}  // namespace scanner::inventory

#include "scanner/inventory/elixir/erlang_tokens.h"

#include <algorithm>

#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

constexpr std::string_view kWordLetters =
    "abcdefghijklmnopqrstuvwxyz"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "0123456789_@";

bool begins_atom(char letter) {
  return letter >= 'a' && letter <= 'z';
}

}  // namespace

void ErlangTokens::pass_blanks() {
  while (!rest_.empty()) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
    if (!rest_.starts_with('%')) return;
    static_cast<void>(take_line(rest_));  // a comment
  }
}

ErlangToken ErlangTokens::cut(ErlangToken::Kind kind, std::size_t size) {
  size = std::min(size, rest_.size());
  const std::string_view text = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return {.kind = kind, .text = text};
}

ErlangToken ErlangTokens::quoted(ErlangToken::Kind kind) {
  const char quote = rest_.front();
  std::size_t end = 1;
  while (end < rest_.size() && rest_[end] != quote) end += rest_[end] == '\\' ? 2 : 1;
  if (end >= rest_.size()) {
    rest_ = {};
    return {};
  }
  const std::string_view text = cut(kind, end + 1).text;
  return {.kind = kind, .text = text.substr(1, end - 1)};
}

ErlangToken ErlangTokens::next() {
  pass_blanks();
  if (rest_.empty()) return {};
  const char first = rest_.front();
  if (first == '"') return quoted(ErlangToken::Kind::kText);
  if (first == '\'') return quoted(ErlangToken::Kind::kAtom);
  if (rest_.starts_with("<<") || rest_.starts_with(">>")) return cut(ErlangToken::Kind::kSign, 2);
  if (first == '$') return cut(ErlangToken::Kind::kOther, rest_.starts_with("$\\") ? 3 : 2);  // a character
  const std::size_t word = std::min(rest_.find_first_not_of(kWordLetters), rest_.size());
  if (word == 0) return cut(ErlangToken::Kind::kSign, 1);
  return cut(begins_atom(first) ? ErlangToken::Kind::kAtom : ErlangToken::Kind::kOther, word);
}

}  // namespace scanner::inventory

// https://packaging.pypa.io/en/20.9/version.html#packaging.version.LegacyVersion: a version becomes a list of texts
// that compare one by one: numbers padded with zeros to eight digits, words marked with a star, and a final mark.
#include "scanner/versions/legacy_python.h"

#include <string>
#include <vector>

#include "scanner/versions/digits.h"

namespace scanner::versions {
namespace {

constexpr std::size_t kNumberWidth = 8;

bool same_class(char left, char right) {
  if (left == '.' || left == '-' || right == '.' || right == '-') return false;
  return is_digit(left) == is_digit(right) && is_letter(left) == is_letter(right);
}

// A run of digits, a run of letters, one dot, one dash, or a run of anything else.
std::string take_piece(std::string_view& text) {
  std::size_t end = 1;
  while (end < text.size() && same_class(text[0], text[end])) ++end;
  std::string piece(text.substr(0, end));
  text.remove_prefix(end);
  for (char& c : piece) c = to_lower(c);
  return piece;
}

std::string key_of(const std::string& piece) {
  if (is_digit(piece.front())) {
    return piece.size() < kNumberWidth ? std::string(kNumberWidth - piece.size(), '0') + piece : piece;
  }
  if (piece == "pre" || piece == "preview" || piece == "rc") return "*c";
  if (piece == "dev") return "*@";
  return piece == "-" ? "*final-" : "*" + piece;
}

// A word takes the zeros before it away, a pre-release word the dashes as well.
void add_key(std::vector<std::string>& keys, std::string key) {
  if (key.front() == '*') {
    while (key < "*final" && !keys.empty() && keys.back() == "*final-") keys.pop_back();
    while (!keys.empty() && keys.back() == "00000000") keys.pop_back();
  }
  keys.push_back(std::move(key));
}

std::vector<std::string> keys_of(std::string_view text) {
  std::vector<std::string> keys;
  while (!text.empty()) {
    std::string piece = take_piece(text);
    if (piece != ".") add_key(keys, key_of(piece));
  }
  add_key(keys, "*final");
  return keys;
}

}  // namespace

std::strong_ordering compare_legacy_python(std::string_view left, std::string_view right) {
  return keys_of(left) <=> keys_of(right);
}

}  // namespace scanner::versions

// Maven versions: https://maven.apache.org/pom.html#version-order-specification. Dots, hyphens and the borders between
// digits and letters part tokens; what means nothing is cut off before hyphens and at the end; letter case
// does not count. Maven's order is no total one where a zero stands before a word behind a dot: 1.0.alpha < 1 < 1-foo
// < 1.0.alpha. Since 3.8.7 it reads that dot as a hyphen, before which zeros are cut off (2.9.0.RC1 < 2.9.0-1);
// published vectors are older, and so is this order.
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "scanner/versions/digits.h"
#include "scanner/versions/version_order.h"

namespace scanner::versions {
namespace {

struct Token {
  char prefix = '-';  // '.' or '-'
  std::string_view text;
  bool followed_by_digit = false;  // directly: "a1" is alpha 1, "a.1" is not

  [[nodiscard]] bool is_number() const { return all_digits(text); }
};

bool same_word(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() &&
         std::equal(text.begin(), text.end(), lower.begin(), [](char l, char r) { return to_lower(l) == r; });
}

// Words in their order; the empty word is a release. What is not here comes behind them all, by its letters.
constexpr std::array<std::pair<std::string_view, int>, 11> kWords{{{"alpha", 0},
                                                                   {"beta", 1},
                                                                   {"milestone", 2},
                                                                   {"rc", 3},
                                                                   {"cr", 3},
                                                                   {"snapshot", 4},
                                                                   {"", 5},
                                                                   {"final", 5},
                                                                   {"ga", 5},
                                                                   {"release", 5},
                                                                   {"sp", 6}}};
constexpr int kRelease = 5;
constexpr int kOtherWord = 7;

int rank_of(const Token& token) {
  if (token.followed_by_digit) {
    if (same_word(token.text, "a")) return 0;
    if (same_word(token.text, "b")) return 1;
    if (same_word(token.text, "m")) return 2;
  }
  for (const auto& [word, rank] : kWords) {
    if (same_word(token.text, word)) return rank;
  }
  return kOtherWord;
}

bool means_nothing(const Token& token) {
  return token.is_number() ? without_leading_zeros(token.text).empty() : rank_of(token) == kRelease;
}

void cut_off_nothing(std::vector<Token>& tokens) {
  while (tokens.size() > 1 && means_nothing(tokens.back())) tokens.pop_back();
}

std::string_view take_token(std::string_view& text) {
  const bool number = !text.empty() && is_digit(text.front());
  std::size_t length = 0;
  while (length < text.size() && text[length] != '.' && text[length] != '-' && is_digit(text[length]) == number) {
    ++length;
  }
  const std::string_view token = text.substr(0, length);
  text.remove_prefix(length);
  return token;
}

std::vector<Token> tokens_of(std::string_view text) {
  std::vector<Token> tokens;
  char prefix = '.';
  while (true) {
    const std::string_view word = take_token(text);
    const Token token{.prefix = prefix,
                      .text = word.empty() ? std::string_view("0") : word,
                      .followed_by_digit = !text.empty() && is_digit(text.front())};
    if (prefix == '-') cut_off_nothing(tokens);
    tokens.push_back(token);
    if (text.empty()) break;
    prefix = text.front() == '.' ? '.' : '-';
    if (text.front() == '.' || text.front() == '-') text.remove_prefix(1);
  }
  cut_off_nothing(tokens);
  return tokens;
}

// Words before numbers behind a hyphen before numbers behind a dot.
int kind_of(const Token& token) {
  if (!token.is_number()) return 0;
  return token.prefix == '-' ? 1 : 2;
}

std::strong_ordering compare_words(const Token& left, const Token& right) {
  const int rank = rank_of(left);
  if (rank != rank_of(right)) return rank <=> rank_of(right);
  if (rank != kOtherWord) return std::strong_ordering::equal;
  // The page calls them equal; Maven's own code puts the hyphen behind.
  if (left.prefix != right.prefix)
    return left.prefix == '.' ? std::strong_ordering::less : std::strong_ordering::greater;
  return std::lexicographical_compare_three_way(left.text.begin(), left.text.end(), right.text.begin(),
                                                right.text.end(),
                                                [](char l, char r) { return to_lower(l) <=> to_lower(r); });
}

std::strong_ordering compare_tokens(const Token& left, const Token& right) {
  if (kind_of(left) != kind_of(right)) return kind_of(left) <=> kind_of(right);
  return left.is_number() ? compare_numbers(left.text, right.text) : compare_words(left, right);
}

// What a version that has ended says in the place of the other's token.
Token nothing_like(const Token& token) {
  return {.prefix = token.prefix, .text = token.is_number() ? std::string_view("0") : std::string_view{}};
}

class MavenOrder final : public VersionOrder {
 public:
  std::string_view name() const override { return "maven"; }

  bool readable(std::string_view version) const override {
    return !version.empty() && std::all_of(version.begin(), version.end(), [](char c) { return c > ' ' && c < 0x7f; });
  }

  std::strong_ordering order(std::string_view left_text, std::string_view right_text) const override {
    const std::vector<Token> left = tokens_of(left_text);
    const std::vector<Token> right = tokens_of(right_text);
    for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
      const Token left_token = i < left.size() ? left[i] : nothing_like(right[i]);
      const Token right_token = i < right.size() ? right[i] : nothing_like(left[i]);
      const auto answer = compare_tokens(left_token, right_token);
      if (answer != 0) return answer;
    }
    return std::strong_ordering::equal;
  }
};

}  // namespace

const VersionOrder& maven_order() {
  static const MavenOrder order;
  return order;
}

}  // namespace scanner::versions

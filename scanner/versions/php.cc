// Versions as PHP's version_compare orders them: https://www.php.net/manual/function.version-compare.php. A leading "v"
// does not count; dots, hyphens, underscores and plus signs part segments, as do the borders between digits and
// letters.
#include <array>
#include <utility>

#include "scanner/versions/digits.h"
#include "scanner/versions/version_order.h"

namespace scanner::versions {
namespace {

bool is_separator(char c) {
  return c == '.' || c == '-' || c == '_' || c == '+';
}

// Empty at the end.
std::string_view take_segment(std::string_view& text) {
  while (!text.empty() && is_separator(text.front())) text.remove_prefix(1);
  std::size_t length = 0;
  while (length < text.size() && !is_separator(text[length]) && is_digit(text[length]) == is_digit(text.front())) {
    ++length;
  }
  const std::string_view segment = text.substr(0, length);
  text.remove_prefix(length);
  return segment;
}

// Beginnings of words as PHP knows them, in the order of what they say; a word that is none of them comes before all.
constexpr std::array<std::pair<std::string_view, int>, 6> kWords{
    {{"dev", 1}, {"a", 2}, {"b", 3}, {"RC", 4}, {"rc", 4}, {"p", 6}}};
// Where a number stands, or nothing.
constexpr int kNumber = 5;

int rank_of(std::string_view segment) {
  if (segment.empty() || is_digit(segment.front())) return kNumber;
  for (const auto& [word, rank] : kWords) {
    if (segment.starts_with(word)) return rank;
  }
  return 0;
}

std::strong_ordering compare_segments(std::string_view left, std::string_view right) {
  if (rank_of(left) != rank_of(right)) return rank_of(left) <=> rank_of(right);
  if (rank_of(left) != kNumber) return std::strong_ordering::equal;
  // A number that the other side does not have makes the version greater, be it 0.
  if (left.empty() || right.empty()) return right.empty() <=> left.empty();
  return compare_numbers(left, right);
}

class PhpOrder final : public VersionOrder {
 public:
  std::string_view name() const override { return "php"; }

  // "dev-master" is a branch, which has no place among versions.
  bool readable(std::string_view version) const override {
    version = without_v(version);
    if (version.empty() || !is_digit(version.front())) return false;
    for (const char c : version) {
      if (!is_digit(c) && !is_letter(c) && !is_separator(c)) return false;
    }
    return true;
  }

  std::strong_ordering order(std::string_view left, std::string_view right) const override {
    left = without_v(left);
    right = without_v(right);
    while (true) {
      const std::string_view left_segment = take_segment(left);
      const std::string_view right_segment = take_segment(right);
      if (left_segment.empty() && right_segment.empty()) return std::strong_ordering::equal;
      const auto answer = compare_segments(left_segment, right_segment);
      if (answer != 0) return answer;
    }
  }
};

}  // namespace

const VersionOrder& php_order() {
  static const PhpOrder order;
  return order;
}

}  // namespace scanner::versions

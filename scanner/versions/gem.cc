// RubyGems versions, as Gem::Version of https://guides.rubygems.org orders them: numbers and words, parted by dots or
// by the border between them; a hyphen stands for ".pre."; a word sorts before every number; zeros at the end, and
// those before the first word, say nothing.
#include <algorithm>
#include <vector>

#include "scanner/versions/digits.h"
#include "scanner/versions/version_order.h"

namespace scanner::versions {
namespace {

using Segments = std::vector<std::string_view>;

bool is_word(std::string_view segment) {
  return !segment.empty() && !is_digit(segment.front());
}

bool is_zero(std::string_view segment) {
  return !is_word(segment) && without_leading_zeros(segment).empty();
}

void drop_trailing_zeros(Segments& segments, std::size_t down_to) {
  while (segments.size() > down_to && is_zero(segments.back())) segments.pop_back();
}

std::string_view take_segment(std::string_view& text) {
  const bool number = is_digit(text.front());
  std::size_t length = 1;
  while (length < text.size() && (number ? is_digit(text[length]) : is_letter(text[length]))) ++length;
  const std::string_view segment = text.substr(0, length);
  text.remove_prefix(length);
  return segment;
}

void add(Segments& segments, std::string_view segment, std::size_t& first_word) {
  if (is_word(segment) && first_word == std::string_view::npos) {
    drop_trailing_zeros(segments, 0);
    first_word = segments.size();
  }
  segments.push_back(segment);
}

Segments segments_of(std::string_view text) {
  Segments segments;
  std::size_t first_word = std::string_view::npos;
  while (!text.empty()) {
    const char c = text.front();
    if (is_digit(c) || is_letter(c)) {
      add(segments, take_segment(text), first_word);
      continue;
    }
    if (c == '-') add(segments, "pre", first_word);
    text.remove_prefix(1);
  }
  drop_trailing_zeros(segments, first_word == std::string_view::npos ? 0 : first_word);
  return segments;
}

// Letters, digits and hyphens, parted by single dots.
bool is_dotted(std::string_view text) {
  char before = '.';
  for (const char c : text) {
    if (c == '.' ? before == '.' : !is_digit(c) && !is_letter(c) && c != '-') return false;
    before = c;
  }
  return before != '.';
}

std::strong_ordering compare_segments(std::string_view left, std::string_view right) {
  if (is_word(left) != is_word(right))
    return is_word(left) ? std::strong_ordering::less : std::strong_ordering::greater;
  return is_word(left) ? left <=> right : compare_numbers(left, right);
}

class GemOrder final : public VersionOrder {
 public:
  std::string_view name() const override { return "gem"; }

  // Gem::Version::VERSION_PATTERN, and what CocoaPods takes besides: letters directly behind digits.
  bool readable(std::string_view version) const override {
    if (version.empty() || !is_digit(version.front())) return false;
    const std::size_t hyphen = version.find('-');
    return is_dotted(version.substr(0, hyphen)) &&
           (hyphen == std::string_view::npos || is_dotted(version.substr(hyphen + 1)));
  }

  std::strong_ordering order(std::string_view left_text, std::string_view right_text) const override {
    const Segments left = segments_of(left_text);
    const Segments right = segments_of(right_text);
    for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
      const auto answer = compare_segments(i < left.size() ? left[i] : "0", i < right.size() ? right[i] : "0");
      if (answer != 0) return answer;
    }
    return std::strong_ordering::equal;
  }
};

}  // namespace

const VersionOrder& gem_order() {
  static const GemOrder order;
  return order;
}

}  // namespace scanner::versions

#include "scanner/versions/identifiers.h"

#include <algorithm>

#include "scanner/versions/digits.h"

namespace scanner::versions {
namespace {

std::strong_ordering compare_text(std::string_view left, std::string_view right) {
  const auto dashed = [](char c) { return c == '.' ? '-' : c; };
  return std::lexicographical_compare_three_way(left.begin(), left.end(), right.begin(), right.end(),
                                                [&](char l, char r) { return dashed(l) <=> dashed(r); });
}

std::strong_ordering compare_one(std::string_view left, std::string_view right) {
  const bool left_number = all_digits(left);
  const bool right_number = all_digits(right);
  if (left_number && right_number) return compare_numbers(left, right);
  if (left_number != right_number) return left_number ? std::strong_ordering::less : std::strong_ordering::greater;
  return compare_text(left, right);
}

}  // namespace

bool starts_with_phase(std::string_view text) {
  return text.starts_with("alpha") || text.starts_with("beta") || text.starts_with("rc");
}

std::string_view Identifiers::take() {
  std::size_t end = rest_.find('.');
  while (words_ == DottedWords::kJoin && end != std::string_view::npos && starts_with_phase(rest_.substr(end + 1))) {
    end = rest_.find('.', end + 1);
  }
  const std::string_view identifier = rest_.substr(0, end);
  rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
  return identifier;
}

std::strong_ordering compare_identifiers(Identifiers left, Identifiers right) {
  while (!left.done() && !right.done()) {
    const auto answer = compare_one(left.take(), right.take());
    if (answer != 0) return answer;
  }
  return right.done() <=> left.done();
}

}  // namespace scanner::versions

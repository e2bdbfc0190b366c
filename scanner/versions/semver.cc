// Semantic versions as npm reads them: https://semver.org/spec/v2.0.0.html, section 11 for the order, and node-semver's
// loose forms: any number of leading "v", "=" and spaces, missing minor and patch numbers (0), a pre-release without
// its dash ("1.2.3beta", "1.0.0.rc1"). Build metadata does not count.
#include <algorithm>
#include <array>

#include "scanner/versions/digits.h"
#include "scanner/versions/version_order.h"

namespace scanner::versions {
namespace {

struct SemanticVersion {
  std::array<std::string_view, 3> numbers;
  std::string_view prerelease;  // behind the dash; empty: none
  bool dotted = false;          // the pre-release was parted by a dot where the specification has a dash
  bool whole = false;           // nothing unread is left
};

bool is_prerelease_character(char c) {
  return is_digit(c) || is_letter(c) || c == '-' || c == '.';
}

// The words that may follow a dot where the specification has a dash.
bool starts_with_phase(std::string_view text) {
  return text.starts_with("alpha") || text.starts_with("beta") || text.starts_with("rc");
}

// A well-formed pre-release has no empty identifier.
bool identifiers_present(std::string_view text) {
  return !text.empty() && text.front() != '.' && text.back() != '.' && text.find("..") == std::string_view::npos;
}

// Takes up to three numbers; returns how many there were.
std::size_t take_core(std::string_view& text, std::array<std::string_view, 3>& numbers) {
  std::size_t count = 0;
  while (count < numbers.size()) {
    numbers[count] = take_digits(text);
    if (numbers[count].empty()) break;
    ++count;
    if (count == numbers.size() || text.size() < 2 || text[0] != '.' || !is_digit(text[1])) break;
    text.remove_prefix(1);
  }
  return count;
}

SemanticVersion parse(std::string_view text) {
  SemanticVersion version;
  text.remove_prefix(std::min(text.find_first_not_of("vV= "), text.size()));
  text = text.substr(0, text.find('+'));
  if (take_core(text, version.numbers) == 0) return version;
  if (text.empty()) {
    version.whole = true;
    return version;
  }
  const bool loose_dot = text[0] == '.' && starts_with_phase(text.substr(1));
  if (text[0] == '-' || loose_dot) {
    version.dotted = loose_dot;
    text.remove_prefix(1);
  } else if (!is_letter(text[0])) {
    return version;
  }
  std::size_t length = 0;
  while (length < text.size() && is_prerelease_character(text[length])) ++length;
  version.prerelease = text.substr(0, length);
  version.whole = length == text.size() && identifiers_present(version.prerelease);
  return version;
}

// Reads a pre-release identifier by identifier. In the dotted form the words alpha, beta and rc do not begin a new
// identifier: 1.0.0.alpha.beta is 1.0.0-alpha-beta.
class Identifiers {
 public:
  Identifiers(std::string_view text, bool dotted) : rest_(text), dotted_(dotted) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }

  [[nodiscard]] std::string_view take() {
    std::size_t end = rest_.find('.');
    while (dotted_ && end != std::string_view::npos && starts_with_phase(rest_.substr(end + 1))) {
      end = rest_.find('.', end + 1);
    }
    const std::string_view identifier = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    return identifier;
  }

 private:
  std::string_view rest_;
  bool dotted_;
};

std::strong_ordering compare_text(std::string_view left, std::string_view right) {
  const auto dashed = [](char c) { return c == '.' ? '-' : c; };
  return std::lexicographical_compare_three_way(left.begin(), left.end(), right.begin(), right.end(),
                                                [&](char l, char r) { return dashed(l) <=> dashed(r); });
}

std::strong_ordering compare_identifiers(std::string_view left, std::string_view right) {
  const bool left_number = all_digits(left);
  const bool right_number = all_digits(right);
  if (left_number && right_number) return compare_numbers(left, right);
  if (left_number != right_number) return left_number ? std::strong_ordering::less : std::strong_ordering::greater;
  return compare_text(left, right);
}

std::strong_ordering compare_prereleases(const SemanticVersion& left_version, const SemanticVersion& right_version) {
  if (left_version.prerelease.empty() || right_version.prerelease.empty()) {
    return left_version.prerelease.empty() <=> right_version.prerelease.empty();
  }
  Identifiers left(left_version.prerelease, left_version.dotted);
  Identifiers right(right_version.prerelease, right_version.dotted);
  while (!left.done() && !right.done()) {
    const auto answer = compare_identifiers(left.take(), right.take());
    if (answer != 0) return answer;
  }
  return right.done() <=> left.done();
}

class SemverOrder final : public VersionOrder {
 public:
  std::string_view name() const override { return "semver"; }

  bool readable(std::string_view version) const override { return parse(version).whole; }

  std::strong_ordering order(std::string_view left_text, std::string_view right_text) const override {
    const SemanticVersion left = parse(left_text);
    const SemanticVersion right = parse(right_text);
    for (std::size_t i = 0; i < left.numbers.size(); ++i) {
      const auto answer = compare_numbers(left.numbers[i], right.numbers[i]);
      if (answer != 0) return answer;
    }
    return compare_prereleases(left, right);
  }
};

}  // namespace

const VersionOrder& semver_order() {
  static const SemverOrder order;
  return order;
}

}  // namespace scanner::versions

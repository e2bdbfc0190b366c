// Semantic versions as npm reads them: https://semver.org/spec/v2.0.0.html, section 11 for the order, and node-semver's
// loose forms: any number of leading "v", "=" and spaces, missing minor and patch numbers (0), a pre-release without
// its dash ("1.2.3beta", "1.0.0.rc1"). Build metadata does not count, but for Dart's pub
// (https://pub.dev/documentation/pub_semver/latest/pub_semver/Version/compareTo.html) and for Julia
// (https://docs.julialang.org/en/v1/base/base/#Base.VersionNumber), which order it as they do pre-releases, the version
// without one before all that have one.
#include <algorithm>
#include <array>
#include <cstdint>

#include "scanner/versions/digits.h"
#include "scanner/versions/identifiers.h"
#include "scanner/versions/version_order.h"

namespace scanner::versions {
namespace {

struct SemanticVersion {
  std::array<std::string_view, 3> numbers;
  std::string_view prerelease;  // behind the dash; empty: none
  std::string_view build;       // behind the plus; empty: none
  bool dotted = false;          // the pre-release was parted by a dot where the specification has a dash
  bool whole = false;           // nothing unread is left
};

bool is_prerelease_character(char c) {
  return is_digit(c) || is_letter(c) || c == '-' || c == '.';
}

DottedWords words_of(const SemanticVersion& version) {
  return version.dotted ? DottedWords::kJoin : DottedWords::kPart;
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
  if (const std::size_t plus = text.find('+'); plus != std::string_view::npos) {
    version.build = text.substr(plus + 1);
    text = text.substr(0, plus);
  }
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

std::strong_ordering compare_prereleases(const SemanticVersion& left, const SemanticVersion& right) {
  if (left.prerelease.empty() || right.prerelease.empty()) return left.prerelease.empty() <=> right.prerelease.empty();
  return compare_identifiers(Identifiers(left.prerelease, words_of(left)),
                             Identifiers(right.prerelease, words_of(right)));
}

// Whether versions that differ by their build metadata alone differ.
enum class Build : std::uint8_t { kIgnored, kCounts };

class SemverOrder final : public VersionOrder {
 public:
  SemverOrder(std::string_view name, Build build) : name_(name), build_(build) {}

  std::string_view name() const override { return name_; }

  bool readable(std::string_view version) const override { return parse(version).whole; }

  std::strong_ordering order(std::string_view left_text, std::string_view right_text) const override {
    const SemanticVersion left = parse(left_text);
    const SemanticVersion right = parse(right_text);
    for (std::size_t i = 0; i < left.numbers.size(); ++i) {
      const auto answer = compare_numbers(left.numbers[i], right.numbers[i]);
      if (answer != 0) return answer;
    }
    const auto answer = compare_prereleases(left, right);
    if (answer != 0 || build_ == Build::kIgnored) return answer;
    return compare_identifiers(Identifiers(left.build), Identifiers(right.build));
  }

 private:
  std::string_view name_;
  Build build_;
};

}  // namespace

const VersionOrder& semver_order() {
  static const SemverOrder order("semver", Build::kIgnored);
  return order;
}

const VersionOrder& pub_order() {
  static const SemverOrder order("pub", Build::kCounts);
  return order;
}

const VersionOrder& julia_order() {
  static const SemverOrder order("julia", Build::kCounts);
  return order;
}

}  // namespace scanner::versions

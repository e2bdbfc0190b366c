// NuGet versions: semantic versions with up to four numbers, leading zeros, missing numbers that are 0, and words whose
// letter case does not count. https://learn.microsoft.com/nuget/concepts/package-versioning
#include <algorithm>
#include <array>

#include "scanner/versions/digits.h"
#include "scanner/versions/version_order.h"

namespace scanner::versions {
namespace {

struct NugetVersion {
  std::array<std::string_view, 4> numbers;
  std::string_view prerelease;
  bool whole = false;
};

NugetVersion parse(std::string_view text) {
  NugetVersion version;
  text = text.substr(0, text.find('+'));
  for (std::size_t i = 0; i < version.numbers.size(); ++i) {
    version.numbers[i] = take_digits(text);
    if (version.numbers[i].empty()) return version;
    if (text.empty() || text.front() != '.' || i + 1 == version.numbers.size()) break;
    text.remove_prefix(1);
  }
  version.whole = text.empty();
  if (!text.starts_with('-')) return version;
  version.prerelease = text.substr(1);
  version.whole = !version.prerelease.empty() && version.prerelease.find("..") == std::string_view::npos &&
                  std::all_of(version.prerelease.begin(), version.prerelease.end(),
                              [](char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '.'; });
  return version;
}

std::string_view take_identifier(std::string_view& text) {
  const std::size_t dot = text.find('.');
  const std::string_view identifier = text.substr(0, dot);
  text.remove_prefix(dot == std::string_view::npos ? text.size() : dot + 1);
  return identifier;
}

std::strong_ordering compare_identifiers(std::string_view left, std::string_view right) {
  if (all_digits(left) != all_digits(right)) {
    return all_digits(left) ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  if (all_digits(left)) return compare_numbers(left, right);
  return std::lexicographical_compare_three_way(left.begin(), left.end(), right.begin(), right.end(),
                                                [](char l, char r) { return to_lower(l) <=> to_lower(r); });
}

std::strong_ordering compare_prereleases(std::string_view left, std::string_view right) {
  if (left.empty() || right.empty()) return left.empty() <=> right.empty();
  while (!left.empty() && !right.empty()) {
    const auto answer = compare_identifiers(take_identifier(left), take_identifier(right));
    if (answer != 0) return answer;
  }
  return right.empty() <=> left.empty();
}

class NugetOrder final : public VersionOrder {
 public:
  std::string_view name() const override { return "nuget"; }

  bool readable(std::string_view version) const override { return parse(version).whole; }

  std::strong_ordering order(std::string_view left_text, std::string_view right_text) const override {
    const NugetVersion left = parse(left_text);
    const NugetVersion right = parse(right_text);
    for (std::size_t i = 0; i < left.numbers.size(); ++i) {
      const auto answer = compare_numbers(left.numbers[i], right.numbers[i]);
      if (answer != 0) return answer;
    }
    return compare_prereleases(left.prerelease, right.prerelease);
  }
};

}  // namespace

const VersionOrder& nuget_order() {
  static const NugetOrder order;
  return order;
}

}  // namespace scanner::versions

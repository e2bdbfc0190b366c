// Versions of Conan packages, https://docs.conan.io/2/tutorial/versioning/versions.html: parts between dots, a
// pre-release behind a hyphen, a build behind a plus. Conan compares a number with a text as texts, by which 5 < 10 <
// 1a < 5; here a part is its number and then its letters, so that 1.1.1 < 1.1.1a < 1.1.1q < 1.1.2.
#include <algorithm>

#include "scanner/versions/digits.h"
#include "scanner/versions/version_order.h"

namespace scanner::versions {
namespace {

// Cuts off what stands before the separator, and the separator.
std::string_view take_part(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return part;
}

struct Version {
  std::string_view main;
  std::string_view pre_release;  // empty: none
  std::string_view build;        // empty: none
};

Version parse(std::string_view text) {
  Version version;
  version.main = take_part(text, '+');
  version.build = text;
  std::string_view behind = version.main;
  version.main = take_part(behind, '-');
  version.pre_release = behind;
  return version;
}

// Trailing zeros do not count: 1.0 is 1.
std::strong_ordering compare_parts(std::string_view left, std::string_view right) {
  while (!left.empty() || !right.empty()) {
    std::string_view one = take_part(left, '.');
    std::string_view other = take_part(right, '.');
    if (const auto answer = compare_numbers(take_digits(one), take_digits(other)); answer != 0) return answer;
    if (const auto answer = one <=> other; answer != 0) return answer;
  }
  return std::strong_ordering::equal;
}

class ConanOrder final : public VersionOrder {
 public:
  std::string_view name() const override { return "Conan"; }

  // "cci.20200203" is a name for a state of the sources, not a version.
  bool readable(std::string_view version) const override {
    static constexpr std::string_view kOthers = "._-+";
    if (version.empty() || !is_digit(version.front())) return false;
    return std::ranges::all_of(
        version, [](char c) { return is_digit(c) || is_letter(c) || kOthers.find(c) != std::string_view::npos; });
  }

  std::strong_ordering order(std::string_view left, std::string_view right) const override {
    const Version one = parse(left);
    const Version other = parse(right);
    if (const auto answer = compare_parts(one.main, other.main); answer != 0) return answer;
    if (one.pre_release.empty() != other.pre_release.empty())
      return one.pre_release.empty() <=> other.pre_release.empty();
    if (const auto answer = compare_parts(one.pre_release, other.pre_release); answer != 0) return answer;
    return compare_parts(one.build, other.build);
  }
};

}  // namespace

const VersionOrder& conan_order() {
  static const ConanOrder order;
  return order;
}

}  // namespace scanner::versions

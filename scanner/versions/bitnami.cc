// Versions of what Bitnami packs, as its SBOMs and records have them: those of whoever makes it, any number of numbers
// with a pre-release behind a dash, and behind another the revision of Bitnami's own build ("18.6.0-3",
// "17.0.13-11-1"). Records tell of the maker's versions: the revision does not count. https://github.com/bitnami/vulndb
// and https://github.com/bitnami/go-version
#include <algorithm>

#include "scanner/versions/digits.h"
#include "scanner/versions/identifiers.h"
#include "scanner/versions/version_order.h"

namespace scanner::versions {
namespace {

struct BitnamiVersion {
  std::string_view numbers;     // "18.6.0"
  std::string_view prerelease;  // behind the dash; empty: none
  bool whole = false;           // nothing unread is left
};

std::string_view without_revision(std::string_view text) {
  for (std::size_t dash = text.rfind('-'); dash != std::string_view::npos && all_digits(text.substr(dash + 1));
       dash = text.rfind('-')) {
    text = text.substr(0, dash);
  }
  return text;
}

std::string_view take_numbers(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && (is_digit(text[length]) || (text[length] == '.' && length + 1 < text.size() &&
                                                             is_digit(text[length + 1]) && length > 0))) {
    ++length;
  }
  const std::string_view numbers = text.substr(0, length);
  text.remove_prefix(length);
  return numbers;
}

bool is_prerelease(std::string_view text) {
  return !text.empty() && text.front() != '.' && text.back() != '.' && text.find("..") == std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '.'; });
}

BitnamiVersion parse(std::string_view text) {
  BitnamiVersion version;
  if (text.starts_with('v')) text.remove_prefix(1);
  text = without_revision(text.substr(0, text.find('+')));
  version.numbers = take_numbers(text);
  version.whole = !version.numbers.empty() && text.empty();
  if (text.empty()) return version;
  const bool has_dash = text.front() == '-';
  version.prerelease = has_dash ? text.substr(1) : text;
  version.whole =
      !version.numbers.empty() && (has_dash || is_letter(text.front())) && is_prerelease(version.prerelease);
  return version;
}

// Numbers that are missing are 0.
std::strong_ordering compare_number_lists(std::string_view left, std::string_view right) {
  while (!left.empty() || !right.empty()) {
    const auto answer = compare_numbers(take_digits(left), take_digits(right));
    if (answer != 0) return answer;
    left.remove_prefix(std::min<std::size_t>(left.size(), 1));
    right.remove_prefix(std::min<std::size_t>(right.size(), 1));
  }
  return std::strong_ordering::equal;
}

class BitnamiOrder final : public VersionOrder {
 public:
  std::string_view name() const override { return "bitnami"; }

  bool readable(std::string_view version) const override { return parse(version).whole; }

  std::strong_ordering order(std::string_view left_text, std::string_view right_text) const override {
    const BitnamiVersion left = parse(left_text);
    const BitnamiVersion right = parse(right_text);
    const auto answer = compare_number_lists(left.numbers, right.numbers);
    if (answer != 0) return answer;
    if (left.prerelease.empty() || right.prerelease.empty())
      return left.prerelease.empty() <=> right.prerelease.empty();
    return compare_identifiers(Identifiers(left.prerelease), Identifiers(right.prerelease));
  }
};

}  // namespace

const VersionOrder& bitnami_order() {
  static const BitnamiOrder order;
  return order;
}

}  // namespace scanner::versions

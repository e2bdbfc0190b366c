// Versions of PHP packages as Composer orders them: https://getcomposer.org/doc/articles/versions.md. Each is spelled
// out first, "1.0" as "1.0.0.0", "1.0-BETA.2" as "1.0.0.0-beta2" and the branch "2.x-dev" as the newest of its line;
// PHP's version_compare orders what that gives (php_order()). What Composer refuses is compared as it stands.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "scanner/versions/digits.h"
#include "scanner/versions/version_order.h"

namespace scanner::versions {
namespace {

constexpr std::size_t kNumbers = 4;
// Of the first number of a release; more of them are a date ("20240131"), as are those of a year with hyphens behind.
constexpr std::size_t kReleaseDigitsMax = 5;
constexpr std::size_t kYearDigits = 4;
// What a branch has in the place of a number that it leaves open.
constexpr std::string_view kNewest = "9999999";
constexpr std::string_view kDev = "dev";

// The words that may follow the numbers; of two that begin alike the longer one first.
constexpr std::string_view kStable = "stable";
constexpr std::array<std::string_view, 9> kWords{kStable, "alpha", "beta", "patch", "rc", "pl", "a", "b", "p"};

void skip_one_of(std::string_view& text, std::string_view letters) {
  if (!text.empty() && letters.find(text.front()) != std::string_view::npos) text.remove_prefix(1);
}

std::string_view take_word(std::string_view& text) {
  for (const std::string_view word : kWords) {
    if (!text.starts_with(word)) continue;
    text.remove_prefix(word.size());
    return word;
  }
  return {};
}

// Numbers that single separators part: "1.2" of "1.2-beta".
std::string_view take_numbers(std::string_view& text, std::string_view separators) {
  std::size_t length = 0;
  while (length < text.size()) {
    const bool parts = length > 0 && length + 1 < text.size() && is_digit(text[length + 1]) &&
                       separators.find(text[length]) != std::string_view::npos;
    if (!parts && !is_digit(text[length])) break;
    ++length;
  }
  const std::string_view numbers = text.substr(0, length);
  text.remove_prefix(length);
  return numbers;
}

std::size_t digits_of_first(std::string_view numbers) {
  return std::min(numbers.find_first_of(".-"), numbers.size());
}

// "-beta2-dev" of ".beta.2dev"; nullopt where anything else is behind the numbers. "stable" takes away whatever
// follows.
std::optional<std::string> suffix_of(std::string_view text) {
  skip_one_of(text, "._-");
  const std::string_view word = take_word(text);
  std::string_view numbers;
  if (!word.empty()) {
    if (text.size() > 1 && is_digit(text[1])) skip_one_of(text, ".-");
    numbers = take_numbers(text, ".-");
  }
  std::string_view behind = text;
  skip_one_of(behind, ".-");
  const bool is_dev = behind == kDev;
  if (!is_dev && !text.empty()) return std::nullopt;
  std::string suffix;
  if (word == kStable) return suffix;
  if (!word.empty()) suffix.append("-").append(word).append(numbers);
  if (is_dev) suffix.append("-").append(kDev);
  return suffix;
}

std::optional<std::string> spelled_as_release(std::string_view text) {
  const std::string_view numbers = take_numbers(text, ".");
  auto count = static_cast<std::size_t>(std::ranges::count(numbers, '.')) + 1;
  const std::optional<std::string> suffix = suffix_of(text);
  if (numbers.empty() || digits_of_first(numbers) > kReleaseDigitsMax || count > kNumbers || !suffix)
    return std::nullopt;
  std::string spelled(numbers);
  for (; count < kNumbers; ++count) spelled += ".0";
  return spelled + *suffix;
}

// As it stands: for PHP a hyphen is a dot.
std::optional<std::string> spelled_as_date(std::string_view text) {
  const std::string_view numbers = take_numbers(text, ".-");
  const std::optional<std::string> suffix = suffix_of(text);
  if (digits_of_first(numbers) < kYearDigits || !suffix) return std::nullopt;
  return std::string(numbers) + *suffix;
}

// "2.1.x-dev": what is behind all of 2.1.
std::optional<std::string> spelled_as_branch(std::string_view text) {
  if (!text.ends_with(kDev)) return std::nullopt;
  text.remove_suffix(kDev.size());
  if (text.ends_with('.') || text.ends_with('-')) text.remove_suffix(1);
  std::string spelled(take_digits(text));
  if (spelled.empty()) return std::nullopt;
  std::size_t count = 1;
  for (; count < kNumbers && text.starts_with('.'); ++count) {
    text.remove_prefix(1);
    const std::string_view digits = take_digits(text);
    if (digits.empty() && !text.starts_with('x')) return std::nullopt;
    if (digits.empty()) text.remove_prefix(1);
    spelled.append(".").append(digits.empty() ? kNewest : digits);
  }
  if (!text.empty()) return std::nullopt;
  for (; count < kNumbers; ++count) spelled.append(".").append(kNewest);
  return spelled.append("-").append(kDev);
}

std::string spelled_out(std::string_view version) {
  std::string text(without_v(version));
  text.erase(std::min(text.find('+'), text.size()));  // build metadata
  std::ranges::transform(text, text.begin(), to_lower);
  if (auto release = spelled_as_release(text)) return std::move(*release);
  if (auto date = spelled_as_date(text)) return std::move(*date);
  if (auto branch = spelled_as_branch(text)) return std::move(*branch);
  return std::string(version);
}

class ComposerOrder final : public VersionOrder {
 public:
  std::string_view name() const override { return "composer"; }

  // "dev-master" is a branch without a number, which has no place among versions.
  bool readable(std::string_view version) const override { return php_order().readable(version); }

  std::strong_ordering order(std::string_view left, std::string_view right) const override {
    return php_order().order(spelled_out(left), spelled_out(right));
  }
};

}  // namespace

const VersionOrder& composer_order() {
  static const ComposerOrder order;
  return order;
}

}  // namespace scanner::versions

// RPM versions: [epoch:]version[-release], https://rpm-software-management.github.io/rpm/manual/ (EVR comparison). Runs
// of digits and runs of letters are compared by turns, whatever parts them; a tilde sorts below the end, a caret above
// it and below everything else that may follow. An absent epoch is 0.
#include <algorithm>

#include "scanner/versions/digits.h"
#include "scanner/versions/version_order.h"

namespace scanner::versions {
namespace {

struct RpmVersion {
  std::string_view epoch;
  std::string_view version;
  std::string_view release;
  bool has_release = false;
};

// Only digits before a colon are an epoch: "1.module+el9:1" has none.
RpmVersion split(std::string_view text) {
  RpmVersion parts;
  const std::size_t digits = text.find_first_not_of("0123456789");
  if (digits != std::string_view::npos && text[digits] == ':') {
    parts.epoch = text.substr(0, digits);
    text.remove_prefix(digits + 1);
  }
  const std::size_t dash = text.rfind('-');
  parts.version = text.substr(0, dash);
  if (dash != std::string_view::npos) {
    parts.has_release = true;
    parts.release = text.substr(dash + 1);
  }
  return parts;
}

bool is_compared(char c) {
  return is_digit(c) || is_letter(c) || c == '~' || c == '^';
}

void skip_separators(std::string_view& text) {
  while (!text.empty() && !is_compared(text.front())) text.remove_prefix(1);
}

std::string_view take_letters(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && is_letter(text[length])) ++length;
  const std::string_view letters = text.substr(0, length);
  text.remove_prefix(length);
  return letters;
}

// What comes next: lower sorts first.
enum class Next { kTilde, kEnd, kCaret, kLetters, kDigits };

Next next_of(std::string_view text) {
  if (text.empty()) return Next::kEnd;
  if (text.front() == '~') return Next::kTilde;
  if (text.front() == '^') return Next::kCaret;
  return is_digit(text.front()) ? Next::kDigits : Next::kLetters;
}

std::strong_ordering compare_segments(Next kind, std::string_view& left, std::string_view& right) {
  if (kind == Next::kDigits) return compare_numbers(take_digits(left), take_digits(right));
  if (kind == Next::kLetters) return take_letters(left) <=> take_letters(right);
  left.remove_prefix(1);
  right.remove_prefix(1);
  return std::strong_ordering::equal;
}

std::strong_ordering compare_parts(std::string_view left, std::string_view right) {
  while (true) {
    skip_separators(left);
    skip_separators(right);
    const Next left_next = next_of(left);
    const Next right_next = next_of(right);
    if (left_next != right_next) return left_next <=> right_next;
    if (left_next == Next::kEnd) return std::strong_ordering::equal;
    const auto answer = compare_segments(left_next, left, right);
    if (answer != 0) return answer;
  }
}

class RpmOrder final : public VersionOrder {
 public:
  std::string_view name() const override { return "rpm"; }

  bool readable(std::string_view text) const override {
    const RpmVersion parts = split(text);
    const auto is_printed = [](char c) { return c > ' ' && c < 0x7f; };
    return !parts.version.empty() && std::all_of(text.begin(), text.end(), is_printed);
  }

  std::strong_ordering order(std::string_view left_text, std::string_view right_text) const override {
    const RpmVersion left = split(left_text);
    const RpmVersion right = split(right_text);
    const auto epochs = compare_numbers(left.epoch, right.epoch);
    if (epochs != 0) return epochs;
    const auto versions = compare_parts(left.version, right.version);
    if (versions != 0) return versions;
    if (left.has_release != right.has_release) return left.has_release <=> right.has_release;
    return compare_parts(left.release, right.release);
  }
};

}  // namespace

const VersionOrder& rpm_order() {
  static const RpmOrder order;
  return order;
}

}  // namespace scanner::versions

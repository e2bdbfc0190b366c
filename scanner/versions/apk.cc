// Alpine versions: number{.number}...{letter}{_suffix{number}}...{~hash}{-r number}. apk-package(5) of apk-tools tells
// the grammar and the order; what follows the grammar's end is ordered as apk orders it.
#include <array>

#include "scanner/versions/digits.h"
#include "scanner/versions/version_order.h"

namespace scanner::versions {
namespace {

// In the order of their weight where two versions have different parts at the same place: a pre-release is below the
// plain version, everything else that follows is above it.
enum class Kind {
  kPreSuffix,
  kEmptyNumber,
  kBroken,
  kEnd,
  kRevision,
  kHash,
  kSuffixNumber,
  kPostSuffix,
  kLetter,
  kNumber
};

struct Part {
  Kind kind = Kind::kEnd;
  std::string_view text;  // digits, hash or letter
  int suffix = 0;         // index in the list of suffixes
  bool first = false;     // the leading number, which compares by value whatever zeros it begins with
};

constexpr std::array<std::string_view, 4> kPreSuffixes = {"alpha", "beta", "pre", "rc"};
constexpr std::array<std::string_view, 5> kPostSuffixes = {"cvs", "svn", "git", "hg", "p"};

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

Part number_part(std::string_view& text) {
  const std::string_view digits = take_digits(text);
  return {.kind = digits.empty() ? Kind::kEmptyNumber : Kind::kNumber, .text = digits};
}

Part suffix_part(std::string_view& text) {
  for (std::size_t i = 0; i < kPreSuffixes.size(); ++i) {
    if (take(text, kPreSuffixes[i])) return {.kind = Kind::kPreSuffix, .text = {}, .suffix = static_cast<int>(i)};
  }
  for (std::size_t i = 0; i < kPostSuffixes.size(); ++i) {
    if (take(text, kPostSuffixes[i])) return {.kind = Kind::kPostSuffix, .text = {}, .suffix = static_cast<int>(i)};
  }
  return {.kind = Kind::kBroken, .text = {}};
}

Part hash_part(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && (is_digit(text[length]) || (text[length] >= 'a' && text[length] <= 'f'))) ++length;
  const Part part{.kind = length == 0 ? Kind::kBroken : Kind::kHash, .text = text.substr(0, length)};
  text.remove_prefix(length);
  return part;
}

// "-r" without a number is revision 0, at the end or before a dash; before anything else it is no revision.
Part revision_part(std::string_view& text) {
  const std::string_view digits = take_digits(text);
  if (digits.empty() && !text.empty() && text.front() != '-') return {.kind = Kind::kBroken, .text = {}};
  return {.kind = Kind::kRevision, .text = digits};
}

bool may_follow_number(Kind kind) {
  return kind == Kind::kNumber || kind == Kind::kEmptyNumber;
}
bool is_suffix(Kind kind) {
  return kind == Kind::kPreSuffix || kind == Kind::kPostSuffix;
}

// Reads the part behind one of kind `last`.
Part next_part(std::string_view& text, Kind last) {
  if (text.empty()) return {.kind = Kind::kEnd, .text = {}};
  const char c = text.front();
  if (is_lower(c) && may_follow_number(last)) {
    const Part letter{.kind = Kind::kLetter, .text = text.substr(0, 1)};
    text.remove_prefix(1);
    return letter;
  }
  if (is_digit(c) && last == Kind::kLetter) return number_part(text);
  if (is_digit(c) && is_suffix(last)) return {.kind = Kind::kSuffixNumber, .text = take_digits(text)};
  if (c == '.' && may_follow_number(last)) {
    text.remove_prefix(1);
    return number_part(text);
  }
  if (last != Kind::kRevision && last != Kind::kHash) {
    if (take(text, "_")) return suffix_part(text);
    if (take(text, "~")) return hash_part(text);
  }
  if (last != Kind::kRevision && take(text, "-r")) return revision_part(text);
  return {.kind = Kind::kBroken, .text = {}};
}

Part first_part(std::string_view& text) {
  Part part = number_part(text);
  part.first = part.kind == Kind::kNumber;
  return part;
}

// Numbers behind the first compare as text when either begins with a zero (1.05 is below 1.1).
std::strong_ordering compare_same_kind(const Part& left, const Part& right) {
  if (left.suffix != right.suffix) return left.suffix <=> right.suffix;
  if (left.kind == Kind::kHash || left.kind == Kind::kLetter) return left.text <=> right.text;
  const bool by_text = left.kind == Kind::kNumber && !left.first && (left.text[0] == '0' || right.text[0] == '0');
  return by_text ? left.text <=> right.text : compare_numbers(left.text, right.text);
}

class ApkOrder final : public VersionOrder {
 public:
  std::string_view name() const override { return "apk"; }

  bool readable(std::string_view text) const override {
    Part part = first_part(text);
    while (part.kind != Kind::kEnd) {
      if (part.kind == Kind::kBroken || part.kind == Kind::kEmptyNumber) return false;
      part = next_part(text, part.kind);
    }
    return true;
  }

  std::strong_ordering order(std::string_view left_text, std::string_view right_text) const override {
    Part left = first_part(left_text);
    Part right = first_part(right_text);
    while (true) {
      if (left.kind != right.kind) return left.kind <=> right.kind;
      if (left.kind == Kind::kEnd || left.kind == Kind::kBroken) return std::strong_ordering::equal;
      const auto values = compare_same_kind(left, right);
      if (values != 0) return values;
      left = next_part(left_text, left.kind);
      right = next_part(right_text, right.kind);
    }
  }
};

}  // namespace

const VersionOrder& apk_order() {
  static const ApkOrder order;
  return order;
}

}  // namespace scanner::versions

// Python versions: https://peps.python.org/pep-0440/, "Appendix B" for the grammar with its loose spellings and
// "Summary of permitted suffixes and relative ordering" for the order. Versions from before PEP 440 sort below all
// others, among themselves as setuptools did (legacy_python.h).
#include <optional>
#include <utility>

#include "scanner/versions/digits.h"
#include "scanner/versions/legacy_python.h"
#include "scanner/versions/version_order.h"

namespace scanner::versions {
namespace {

enum class Phase { kNone, kAlpha, kBeta, kCandidate };

struct PythonVersion {
  std::string_view epoch;
  std::string_view release;  // "1.2.3"
  Phase pre = Phase::kNone;
  std::string_view pre_number;
  std::optional<std::string_view> post;
  std::optional<std::string_view> dev;
  std::string_view local;
};

constexpr std::pair<std::string_view, Phase> kPreSpellings[] = {
    {"alpha", Phase::kAlpha},       {"a", Phase::kAlpha},       {"beta", Phase::kBeta},   {"b", Phase::kBeta},
    {"preview", Phase::kCandidate}, {"pre", Phase::kCandidate}, {"c", Phase::kCandidate}, {"rc", Phase::kCandidate}};

bool is_separator(char c) {
  return c == '.' || c == '-' || c == '_';
}

bool starts_with_word(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (to_lower(text[i]) != word[i]) return false;
  }
  return true;
}

std::string_view without_separator(std::string_view text) {
  if (!text.empty() && is_separator(text.front())) text.remove_prefix(1);
  return text;
}

// The number behind a word; without one it is 0. The separator belongs to the word where no number follows, too:
// "1.0a." is a version, and "1.0a--5" the fifth post-release of 1.0a0.
std::string_view take_number(std::string_view& text) {
  text = without_separator(text);
  return take_digits(text);
}

bool take_word(std::string_view& text, std::string_view word) {
  const std::string_view behind = without_separator(text);
  if (!starts_with_word(behind, word)) return false;
  text = behind.substr(word.size());
  return true;
}

void take_epoch(std::string_view& text, PythonVersion& version) {
  std::string_view behind = text;
  const std::string_view digits = take_digits(behind);
  if (digits.empty() || !behind.starts_with('!')) return;
  version.epoch = digits;
  text = behind.substr(1);
}

bool take_release(std::string_view& text, PythonVersion& version) {
  const std::string_view start = text;
  if (take_digits(text).empty()) return false;
  while (text.size() > 1 && text[0] == '.' && is_digit(text[1])) {
    text.remove_prefix(1);
    static_cast<void>(take_digits(text));
  }
  version.release = start.substr(0, start.size() - text.size());
  return true;
}

void take_pre(std::string_view& text, PythonVersion& version) {
  for (const auto& [word, phase] : kPreSpellings) {
    if (!take_word(text, word)) continue;
    version.pre = phase;
    version.pre_number = take_number(text);
    return;
  }
}

void take_post(std::string_view& text, PythonVersion& version) {
  if (text.size() > 1 && text[0] == '-' && is_digit(text[1])) {
    text.remove_prefix(1);
    version.post = take_digits(text);
    return;
  }
  if (take_word(text, "post") || take_word(text, "rev") || take_word(text, "r")) version.post = take_number(text);
}

// Letters and digits, parted by single separators.
bool take_local(std::string_view& text, PythonVersion& version) {
  if (!text.starts_with('+')) return true;
  version.local = text.substr(1);
  text = {};
  char last = '.';
  for (const char c : version.local) {
    if (is_separator(c) ? is_separator(last) : !is_digit(c) && !is_letter(c)) return false;
    last = c;
  }
  return !is_separator(last);
}

std::string_view without_spaces(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::optional<PythonVersion> parse(std::string_view text) {
  PythonVersion version;
  text = without_spaces(text);
  if (text.starts_with('v') || text.starts_with('V')) text.remove_prefix(1);
  take_epoch(text, version);
  if (!take_release(text, version)) return std::nullopt;
  if (text.empty()) return version;  // as most are
  take_pre(text, version);
  take_post(text, version);
  if (take_word(text, "dev")) version.dev = take_number(text);
  if (!take_local(text, version) || !text.empty()) return std::nullopt;
  return version;
}

// The next part of a release or local version; parts are taken off the front.
std::string_view take_segment(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && !is_separator(text[end])) ++end;
  const std::string_view segment = text.substr(0, end);
  text.remove_prefix(end == text.size() ? end : end + 1);
  return segment;
}

// Trailing zeros do not count: an absent part is 0.
std::strong_ordering compare_releases(std::string_view left, std::string_view right) {
  while (!left.empty() || !right.empty()) {
    const auto answer = compare_numbers(take_segment(left), take_segment(right));
    if (answer != 0) return answer;
  }
  return std::strong_ordering::equal;
}

// A development release of the plain version comes before its pre-releases, the plain version after them.
int phase_rank(const PythonVersion& version) {
  if (version.pre != Phase::kNone) return static_cast<int>(version.pre);
  return !version.post && version.dev ? 0 : 4;
}

std::strong_ordering compare_local_segments(std::string_view left, std::string_view right) {
  const bool left_number = all_digits(left);
  const bool right_number = all_digits(right);
  if (left_number != right_number) return left_number <=> right_number;
  if (left_number) return compare_numbers(left, right);
  return std::lexicographical_compare_three_way(left.begin(), left.end(), right.begin(), right.end(),
                                                [](char l, char r) { return to_lower(l) <=> to_lower(r); });
}

std::strong_ordering compare_locals(std::string_view left, std::string_view right) {
  while (!left.empty() && !right.empty()) {
    const auto answer = compare_local_segments(take_segment(left), take_segment(right));
    if (answer != 0) return answer;
  }
  return right.empty() <=> left.empty();
}

std::strong_ordering compare_posts(const PythonVersion& left, const PythonVersion& right) {
  if (!left.post || !right.post) return left.post.has_value() <=> right.post.has_value();
  return compare_numbers(*left.post, *right.post);
}

std::strong_ordering compare_devs(const PythonVersion& left, const PythonVersion& right) {
  if (!left.dev || !right.dev) return right.dev.has_value() <=> left.dev.has_value();
  return compare_numbers(*left.dev, *right.dev);
}

std::strong_ordering compare_versions(const PythonVersion& left, const PythonVersion& right) {
  const auto epochs = compare_numbers(left.epoch, right.epoch);
  if (epochs != 0) return epochs;
  const auto releases = compare_releases(left.release, right.release);
  if (releases != 0) return releases;
  const auto phases = phase_rank(left) <=> phase_rank(right);
  if (phases != 0) return phases;
  const auto pre_numbers = compare_numbers(left.pre_number, right.pre_number);
  if (pre_numbers != 0) return pre_numbers;
  const auto posts = compare_posts(left, right);
  if (posts != 0) return posts;
  const auto devs = compare_devs(left, right);
  return devs != 0 ? devs : compare_locals(left.local, right.local);
}

class Pep440Order final : public VersionOrder {
 public:
  std::string_view name() const override { return "pep440"; }

  bool readable(std::string_view version) const override { return parse(version).has_value(); }

  std::strong_ordering order(std::string_view left_text, std::string_view right_text) const override {
    const auto left = parse(left_text);
    const auto right = parse(right_text);
    if (left && right) return compare_versions(*left, *right);
    if (left || right) return left.has_value() <=> right.has_value();
    return compare_legacy_python(left_text, right_text);
  }
};

}  // namespace

const VersionOrder& pep440_order() {
  static const Pep440Order order;
  return order;
}

}  // namespace scanner::versions

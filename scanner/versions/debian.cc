// Debian versions: [epoch:]upstream[-revision]. deb-version(7) and Debian Policy 5.6.12 tell the order; like dpkg, an
// absent revision equals "0" and a tilde sorts below the end of a part.
#include <algorithm>
#include <array>

#include "scanner/versions/digits.h"
#include "scanner/versions/version_order.h"

namespace scanner::versions {
namespace {

// Longer epochs do not fit the int that dpkg keeps them in.
constexpr std::string_view kEpochMax = "2147483647";

struct DebianVersion {
  std::string_view epoch;
  std::string_view upstream;
  std::string_view revision;
  bool has_epoch = false;
  bool has_revision = false;
};

DebianVersion split(std::string_view text) {
  DebianVersion version;
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    version.has_epoch = true;
    version.epoch = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  const std::size_t dash = text.rfind('-');
  version.upstream = text.substr(0, dash);
  if (dash != std::string_view::npos) {
    version.has_revision = true;
    version.revision = text.substr(dash + 1);
  }
  return version;
}

// The weight of a character in the parts that are not numbers: the end of the text and digits are equal, a tilde is
// below them, letters come before everything else.
int weight(std::string_view text) {
  if (text.empty() || is_digit(text.front())) return 0;
  const auto c = static_cast<unsigned char>(text.front());
  if (c == '~') return -1;
  return is_letter(text.front()) ? c : c + 256;
}

bool starts_with_text(std::string_view text) {
  return !text.empty() && !is_digit(text.front());
}

// Compares one part as deb-version(7) says: by turns a run of characters that are not digits and a number.
std::strong_ordering compare_parts(std::string_view left, std::string_view right) {
  while (!left.empty() || !right.empty()) {
    while (starts_with_text(left) || starts_with_text(right)) {
      const int left_weight = weight(left);
      const int right_weight = weight(right);
      if (left_weight != right_weight) return left_weight <=> right_weight;
      left.remove_prefix(1);
      right.remove_prefix(1);
    }
    const auto numbers = compare_numbers(take_digits(left), take_digits(right));
    if (numbers != 0) return numbers;
  }
  return std::strong_ordering::equal;
}

using CharacterSet = std::array<bool, 256>;

constexpr CharacterSet letters_digits_and(std::string_view others) {
  CharacterSet set{};
  for (std::size_t c = 0; c < 128; ++c) set[c] = is_digit(static_cast<char>(c)) || is_letter(static_cast<char>(c));
  for (const char c : others) set[static_cast<unsigned char>(c)] = true;
  return set;
}

constexpr CharacterSet kUpstreamCharacters = letters_digits_and(".+-~:");
constexpr CharacterSet kRevisionCharacters = letters_digits_and(".+~");

bool only(const CharacterSet& set, std::string_view text) {
  return std::all_of(text.begin(), text.end(), [&](char c) { return set[static_cast<unsigned char>(c)]; });
}

class DebianOrder final : public VersionOrder {
 public:
  std::string_view name() const override { return "debian"; }

  bool readable(std::string_view text) const override {
    const DebianVersion version = split(text);
    if (version.has_epoch && (!all_digits(version.epoch) || compare_numbers(version.epoch, kEpochMax) > 0)) {
      return false;
    }
    if (version.upstream.empty() || (version.has_revision && version.revision.empty())) return false;
    return only(kUpstreamCharacters, version.upstream) && only(kRevisionCharacters, version.revision);
  }

  std::strong_ordering order(std::string_view left_text, std::string_view right_text) const override {
    const DebianVersion left = split(left_text);
    const DebianVersion right = split(right_text);
    const auto epochs = compare_parts(left.epoch, right.epoch);
    if (epochs != 0) return epochs;
    const auto upstreams = compare_parts(left.upstream, right.upstream);
    if (upstreams != 0) return upstreams;
    return compare_parts(left.revision, right.revision);
  }
};

}  // namespace

const VersionOrder& debian_order() {
  static const DebianOrder order;
  return order;
}

}  // namespace scanner::versions

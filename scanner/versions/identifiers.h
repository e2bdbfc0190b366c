// Lists of identifiers parted by dots, as semantic versions have them behind a dash or a plus:
// https://semver.org/spec/v2.0.0.html, section 11.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

namespace scanner::versions {

// The words alpha, beta and rc may follow a dot where the specification has a dash: whether they begin a new identifier
// (1.0.0-1.alpha) or do not (1.0.0.alpha.beta, which is 1.0.0-alpha-beta).
enum class DottedWords : std::uint8_t { kPart, kJoin };
[[nodiscard]] bool starts_with_phase(std::string_view text);

// Reads a list identifier by identifier. Views the text.
class Identifiers {
 public:
  explicit Identifiers(std::string_view text, DottedWords words = DottedWords::kPart) : rest_(text), words_(words) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }
  [[nodiscard]] std::string_view take();

 private:
  std::string_view rest_;
  DottedWords words_;
};

// Numbers come before words; of two lists that begin alike the shorter comes first.
[[nodiscard]] std::strong_ordering compare_identifiers(Identifiers left, Identifiers right);

}  // namespace scanner::versions

// Chance that comes out the same for the same number, and damage by it.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace tests {

class Dice {
 public:
  explicit Dice(std::uint32_t seed) : random_(seed) {}

  // At least 0, below `end`.
  std::size_t below(std::size_t end) { return random_() % end; }
  bool one_in(std::size_t count) { return below(count) == 0; }
  char byte() { return static_cast<char>(random_()); }
  template <std::size_t Size>
  std::string_view of(const std::array<std::string_view, Size>& choices) {
    return choices[below(Size)];
  }

 private:
  std::mt19937 random_;
};

inline std::string some_text(Dice& dice, std::size_t bytes_max) {
  std::string text(dice.below(bytes_max + 1), ' ');
  for (char& c : text) c = static_cast<char>('a' + dice.below(26));
  return text;
}

inline void damage_bytes(std::string& bytes, Dice& dice) {
  if (bytes.empty()) return;
  const std::size_t at = dice.below(bytes.size());
  switch (dice.below(5)) {
    case 0:
      bytes.resize(at);
      break;
    case 1:
      bytes += some_text(dice, 8);
      break;
    case 2:
      bytes.append(1 + dice.below(600), '\0');
      break;
    default:
      bytes[at] = dice.byte();
      break;
  }
}

}  // namespace tests

// Arithmetic on sizes that outsiders state: it saturates where plain integers would wrap.
#pragma once

#include <cstdint>
#include <limits>

namespace base {

[[nodiscard]] constexpr std::uint64_t add_saturating(std::uint64_t left, std::uint64_t right) {
  const std::uint64_t sum = left + right;
  return sum < left ? std::numeric_limits<std::uint64_t>::max() : sum;
}

[[nodiscard]] constexpr std::uint64_t multiply_saturating(std::uint64_t left, std::uint64_t right) {
  if (left != 0 && right > std::numeric_limits<std::uint64_t>::max() / left) {
    return std::numeric_limits<std::uint64_t>::max();
  }
  return left * right;
}

}  // namespace base

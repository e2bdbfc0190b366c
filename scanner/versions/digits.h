// Runs of decimal digits of any length, compared as numbers without ever becoming one: a version may hold more digits
// than an integer.
#pragma once

#include <algorithm>
#include <compare>
#include <string_view>

namespace scanner::versions {

// The ASCII classes alone: std::isalpha would ask the locale.
[[nodiscard]] constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
[[nodiscard]] constexpr bool is_letter(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Cuts the digits that `text` begins with off it and returns them; may be empty.
[[nodiscard]] constexpr std::string_view take_digits(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && is_digit(text[length])) ++length;
  const std::string_view digits = text.substr(0, length);
  text.remove_prefix(length);
  return digits;
}

[[nodiscard]] constexpr std::string_view without_leading_zeros(std::string_view digits) {
  const std::size_t first = digits.find_first_not_of('0');
  return first == std::string_view::npos ? std::string_view{} : digits.substr(first);
}

// By value: "007" equals "7", "" is zero.
[[nodiscard]] constexpr std::strong_ordering compare_numbers(std::string_view left, std::string_view right) {
  left = without_leading_zeros(left);
  right = without_leading_zeros(right);
  if (left.size() != right.size()) return left.size() <=> right.size();
  return left <=> right;
}

// "1.2" of "v1.2" and of "V1.2"; what is no number behind the letter keeps it.
[[nodiscard]] constexpr std::string_view without_v(std::string_view text) {
  if (text.size() > 1 && to_lower(text.front()) == 'v' && is_digit(text[1])) text.remove_prefix(1);
  return text;
}

[[nodiscard]] constexpr bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

}  // namespace scanner::versions

#include "crds/duration.h"

#include <cctype>

namespace crds {
namespace {

std::optional<std::int64_t> seconds_of(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return 86400;
    default:
      return std::nullopt;
  }
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  constexpr int kPairsMax = 4;
  constexpr std::size_t kDigitsMax = 6;
  std::int64_t total = 0;
  int pairs = 0;
  while (!text.empty()) {
    std::size_t digits = 0;
    std::int64_t number = 0;
    while (digits < text.size() && digits <= kDigitsMax && is_digit(text[digits])) {
      number = number * 10 + (text[digits++] - '0');
    }
    if (digits == 0 || digits > kDigitsMax || digits == text.size() || ++pairs > kPairsMax) return std::nullopt;
    const std::optional<std::int64_t> unit = seconds_of(text[digits]);
    if (!unit) return std::nullopt;
    total += number * *unit;
    text.remove_prefix(digits + 1);
  }
  if (pairs == 0) return std::nullopt;
  return std::chrono::seconds(total);
}

}  // namespace crds

#include "policy/upgrade_advice.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "base/log.h"

namespace policy {
namespace {

std::string shown(std::string_view text) {
  constexpr std::size_t kWordBytesMax = 160;
  return base::escape_text(text, kWordBytesMax);
}

// Versions by their numbers and words, good enough to name the highest of a few fixes of one package.
bool version_less(std::string_view left, std::string_view right) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  while (!left.empty() && !right.empty()) {
    if (is_digit(left.front()) && is_digit(right.front())) {
      const auto number = [&](std::string_view& text) {
        std::size_t length = 0;
        while (length < text.size() && is_digit(text[length])) ++length;
        std::string_view digits = text.substr(0, length);
        text.remove_prefix(length);
        digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
        return digits;
      };
      const std::string_view first = number(left);
      const std::string_view second = number(right);
      if (first.size() != second.size()) return first.size() < second.size();
      if (first != second) return first < second;
    } else {
      if (left.front() != right.front()) return left.front() < right.front();
      left.remove_prefix(1);
      right.remove_prefix(1);
    }
  }
  return left.size() < right.size();
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? " and " : ", ";
    text += parts[i];
  }
  return text;
}

}  // namespace

std::string upgrade_advice(const std::vector<const FindingFacts*>& findings) {
  constexpr std::size_t kUpgradesShown = 5;
  std::map<std::string, std::string> highest;
  for (const FindingFacts* finding : findings) {
    if (finding->fixed.empty()) return {};
    std::string& fixed = highest[finding->package];
    if (fixed.empty() || version_less(fixed, finding->fixed)) fixed = finding->fixed;
  }
  std::vector<std::string> upgrades;
  for (const auto& [package, fixed] : highest) {
    if (upgrades.size() == kUpgradesShown) {
      upgrades.push_back(std::to_string(highest.size() - kUpgradesShown) + " more packages");
      break;
    }
    upgrades.push_back(shown(package) + " to " + shown(fixed));
  }
  return "upgrade " + joined(upgrades) + " to pass. ";
}

}  // namespace policy

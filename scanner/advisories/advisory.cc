#include "scanner/advisories/advisory.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace scanner::advisories {

namespace {

constexpr std::array<std::string_view, 5> kNames{"Unknown", "Low", "Medium", "High", "Critical"};

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char one, char other) {
    return std::tolower(static_cast<unsigned char>(one)) == std::tolower(static_cast<unsigned char>(other));
  });
}

// Words of vendors that are not ours. Debian's "unimportant" and Ubuntu's "negligible" are issues that the vendor will
// not mend because they do no harm.
constexpr std::array<std::pair<std::string_view, Severity>, 5> kVendorWords{{
    {"moderate", Severity::kMedium},
    {"important", Severity::kHigh},
    {"unimportant", Severity::kLow},
    {"negligible", Severity::kLow},
    {"none", Severity::kLow},
}};

}  // namespace

std::string_view severity_name(Severity severity) {
  return kNames.at(static_cast<std::size_t>(severity));
}

std::optional<Severity> parse_severity(std::string_view text) {
  for (std::size_t index = 0; index < kNames.size(); ++index) {
    if (equal_ignoring_case(text, kNames[index])) return static_cast<Severity>(index);
  }
  for (const auto& [word, severity] : kVendorWords) {
    if (equal_ignoring_case(text, word)) return severity;
  }
  return std::nullopt;
}

void merge_threat(Threat& into, const Threat& other) {
  const bool earlier = into.exploited_since.empty() || other.exploited_since < into.exploited_since;
  if (!other.exploited_since.empty() && earlier) into.exploited_since = other.exploited_since;
  into.ransomware = into.ransomware || other.ransomware;
  // Decimal texts of one form are in the order of their numbers.
  if (other.epss > into.epss) {
    into.epss = other.epss;
    into.epss_percentile = other.epss_percentile;
  }
}

}  // namespace scanner::advisories

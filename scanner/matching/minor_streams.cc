#include "scanner/matching/minor_streams.h"

#include <algorithm>
#include <iterator>

#include "scanner/advisories/ecosystem.h"
#include "scanner/advisories/redhat_products.h"

namespace scanner::matching {
namespace {

constexpr std::string_view kRhel = "rpm:rhel:";
// Of the releases that have an extended life.
constexpr std::string_view kLastMinors[] = {"6.10", "7.9"};
constexpr std::string_view kDigits = "0123456789";

std::string_view number_at(std::string_view text) {
  return text.substr(0, text.find_first_not_of(kDigits));
}

// Behind "el9": "_0" of a package, ".6.0" of a module's.
std::string_view minor_behind(std::string_view tag) {
  if (tag.starts_with('_')) return number_at(tag.substr(1));
  if (!tag.starts_with('.')) return {};
  const std::string_view minor = number_at(tag.substr(1));
  const std::string_view rest = tag.substr(1 + minor.size());
  // ".el9.1" is the first rebuild of a package, and no minor release.
  return rest.starts_with('.') && !number_at(rest.substr(1)).empty() ? minor : std::string_view{};
}

}  // namespace

std::string minor_stream_of(std::string_view ecosystem, std::string_view version) {
  if (!ecosystem.starts_with(kRhel)) return {};
  const std::string tag = "el" + std::string(ecosystem.substr(kRhel.size()));
  for (std::size_t at = version.find(tag); at != std::string_view::npos; at = version.find(tag, at + 1)) {
    const bool is_tag = at > 0 && (version[at - 1] == '.' || version[at - 1] == '+');
    const std::string_view minor = minor_behind(version.substr(at + tag.size()));
    if (is_tag && !minor.empty()) return std::string(ecosystem) + "." + std::string(minor);
  }
  return {};
}

std::string extended_life_key_of(std::string_view ecosystem) {
  if (!ecosystem.starts_with(kRhel)) return {};
  const std::string_view number = number_at(ecosystem.substr(kRhel.size()));
  const std::string_view behind = ecosystem.substr(kRhel.size() + number.size());
  if (number.empty() || !(behind.empty() || behind == advisories::kSourceSuffix)) return {};
  return std::string(kRhel).append(number).append(advisories::kExtendedLifeSuffix).append(behind);
}

bool is_of_redhat_stream(const advisories::Advisory& record) {
  return advisories::is_redhat_stream(record.ecosystem);
}

bool is_of_earlier_minor(std::string_view ecosystem) {
  if (!ecosystem.starts_with(kRhel)) return false;
  const std::string_view release = ecosystem.substr(kRhel.size());
  const std::string_view minor = release.substr(0, release.find(':'));
  return minor.find('.') != std::string_view::npos && std::ranges::find(kLastMinors, minor) == std::end(kLastMinors);
}

bool is_of_extended_life(std::string_view ecosystem) {
  return ecosystem.starts_with(kRhel) && ecosystem.find(advisories::kExtendedLifeSuffix) != std::string_view::npos;
}

}  // namespace scanner::matching

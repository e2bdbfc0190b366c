#include "scanner/advisories/ecosystem.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace scanner::advisories {

namespace {

using Pair = std::pair<std::string_view, std::string_view>;

// Language ecosystems: OSV's name and the purl type.
constexpr std::array<Pair, 14> kLanguages{{
    {"PyPI", "pypi"},
    {"npm", "npm"},
    {"Maven", "maven"},
    {"Go", "golang"},
    {"crates.io", "cargo"},
    {"RubyGems", "gem"},
    {"NuGet", "nuget"},
    {"Packagist", "composer"},
    {"ConanCenter", "conan"},
    {"Pub", "pub"},
    {"Hex", "hex"},
    {"Hackage", "hackage"},
    {"CRAN", "cran"},
    {"SwiftURL", "swift"},
}};

// Distributions: OSV's name and the key up to the release.
constexpr std::array<Pair, 5> kDistributions{{
    {"Debian", "deb:debian:"},
    {"Ubuntu", "deb:ubuntu:"},
    {"Alpine", "apk:alpine:"},
    {"AlmaLinux", "rpm:almalinux:"},
    {"Rocky Linux", "rpm:rocky:"},
}};

// Distributions without releases.
constexpr std::array<Pair, 2> kRollingDistributions{{{"Wolfi", "apk:wolfi"}, {"Chainguard", "apk:chainguard"}}};

char lower(char letter) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), lower);
  return result;
}

// "v3.20" -> "3.20", "22.04:LTS" -> "22.04", "12" -> "12"; empty for a release that is a product of its own
// ("Pro:22.04:LTS").
std::string_view release_of(std::string_view text) {
  text = text.substr(0, text.find(':'));
  if (text == "edge") return text;
  if (text.starts_with('v')) text.remove_prefix(1);
  const bool numeric = !text.empty() && std::ranges::all_of(text, [](char letter) {
    return letter == '.' || std::isdigit(static_cast<unsigned char>(letter)) != 0;
  });
  return numeric ? text : std::string_view{};
}

// https://peps.python.org/pep-0503/#normalized-names
std::string pep503(std::string_view name) {
  std::string result;
  for (const char letter : name) {
    const bool separator = letter == '-' || letter == '_' || letter == '.';
    if (!separator) {
      result.push_back(lower(letter));
    } else if (result.empty() || result.back() != '-') {
      result.push_back('-');
    }
  }
  return result;
}

}  // namespace

std::optional<std::string> ecosystem_of_osv(std::string_view osv_ecosystem) {
  const std::size_t colon = osv_ecosystem.find(':');
  const std::string_view name = osv_ecosystem.substr(0, colon);
  if (colon == std::string_view::npos) {
    for (const auto& [osv, purl_type] : kLanguages) {
      if (name == osv) return std::string(purl_type);
    }
    for (const auto& [osv, key] : kRollingDistributions) {
      if (name == osv) return std::string(key);
    }
    return std::nullopt;
  }
  const std::string_view release = release_of(osv_ecosystem.substr(colon + 1));
  for (const auto& [osv, prefix] : kDistributions) {
    if (name == osv && !release.empty()) return std::string(prefix) + std::string(release);
  }
  return std::nullopt;
}

std::string_view purl_type_of(std::string_view ecosystem) {
  return ecosystem.substr(0, ecosystem.find(':'));
}

std::string normalised_package(std::string_view ecosystem, std::string_view package) {
  const std::string_view type = purl_type_of(ecosystem);
  if (type == "pypi") return pep503(package);
  if (type == "nuget" || type == "composer") return lower_case(package);
  return std::string(package);
}

}  // namespace scanner::advisories

// Keys of the database file; docs/formats/database.md. The first letter is the kind, in the order in which they are
// written.
#pragma once

#include <string>
#include <string_view>

namespace scanner::advisories {

inline constexpr char kAdvisoryKind = 'A';   // ecosystem, NUL, package -> list of advisories
inline constexpr char kIssueKind = 'C';      // CVE id -> ratings of the issue itself
inline constexpr char kEcosystemKind = 'E';  // ecosystem -> nothing: some source covers it
inline constexpr char kReferenceKind = 'L';  // id -> list of pages about it
inline constexpr char kRatingKind = 'R';     // id or alias -> ratings
inline constexpr char kThreatKind = 'T';     // CVE id -> threat
inline constexpr std::string_view kInfoKey = "Z";

inline constexpr int kDatabaseFormatVersion = 4;

[[nodiscard]] inline std::string advisory_key(std::string_view ecosystem, std::string_view package) {
  std::string key(1, kAdvisoryKind);
  return key.append(ecosystem).append(1, '\0').append(package);
}
[[nodiscard]] inline std::string issue_key(std::string_view cve) {
  return std::string(1, kIssueKind).append(cve);
}
[[nodiscard]] inline std::string ecosystem_key(std::string_view ecosystem) {
  return std::string(1, kEcosystemKind).append(ecosystem);
}
[[nodiscard]] inline std::string reference_key(std::string_view id) {
  return std::string(1, kReferenceKind).append(id);
}
[[nodiscard]] inline std::string rating_key(std::string_view id) {
  return std::string(1, kRatingKind).append(id);
}
[[nodiscard]] inline std::string threat_key(std::string_view id) {
  return std::string(1, kThreatKind).append(id);
}

}  // namespace scanner::advisories

// What a feed says about one package, in the form that the database stores and the matcher reads.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner::advisories {

enum class Severity : std::uint8_t { kUnknown, kLow, kMedium, kHigh, kCritical };
inline constexpr std::array kWorstFirst{Severity::kCritical, Severity::kHigh, Severity::kMedium, Severity::kLow,
                                        Severity::kUnknown};
[[nodiscard]] std::string_view severity_name(Severity severity);              // "Unknown", "Low", ...
[[nodiscard]] std::optional<Severity> parse_severity(std::string_view text);  // any case; "moderate" is Medium

// One source's word on how bad it is.
struct Rating {
  std::string source;  // "debian", "ghsa", "nvd", "osv"
  Severity severity = Severity::kUnknown;
  std::string vector;  // CVSS vector; may be empty
  bool operator==(const Rating&) const = default;
};

// An interval of affected versions. An empty `introduced` is below everything; `fixed` is the first version outside,
// `last_affected` the last one inside; with neither it has no end (no fix known).
struct Interval {
  std::string introduced;
  std::string fixed;
  std::string last_affected;
  auto operator<=>(const Interval&) const = default;
};

// What attackers make of an issue, by its CVE id, whatever package has it.
struct Threat {
  std::string exploited_since{};  // the day on which its use in attacks became known: "2021-12-10"; empty: it is not
  bool ransomware = false;        // known to be used by ransomware
  std::string epss{};             // probability of an attack within 30 days: "0.975"; empty: unknown
  std::string epss_percentile{};  // share of all scored issues that are no likelier: "0.99"
  bool operator==(const Threat&) const = default;
};
// The union of what several sources say; of two words on the same the worse.
void merge_threat(Threat& into, const Threat& other);

enum class Status : std::uint8_t { kAffected, kNotAffected, kWithdrawn };

// One record about one package in one ecosystem.
struct Advisory {
  std::string id;                    // as the feed names it: "GHSA-x84v-xcm2-53pg", "CVE-2018-18074", "DSA-5417-1"
  std::vector<std::string> aliases;  // without id; sorted
  std::string ecosystem;             // database key part: "deb:debian:12", "apk:alpine:3.20", "pypi", "npm"
  std::string package;               // source package for deb and apk; normalised name else
  std::string module;                // the modularity stream that it is about: "nodejs:18"; empty: not told
  Status status = Status::kAffected;
  // Why the vendor says so: of kNotAffected as VEX words it ("vulnerable_code_not_present"), of kAffected without a fix
  // why there is none ("Will not fix"). Empty: not told.
  std::string justification;
  std::vector<Interval> intervals;
  std::vector<std::string> versions;  // affected versions listed one by one
  std::vector<Rating> ratings;
  std::string title;
  std::string url;
  std::string published;                  // RFC 3339 or empty
  std::string fix_date;                   // RFC 3339 or empty
  std::string feed;                       // format of the source: "debian-oval", "osv"
  std::vector<std::string> references{};  // pages (references.h); kept by the id, and no part of the record's value
  bool operator==(const Advisory&) const = default;
};

}  // namespace scanner::advisories

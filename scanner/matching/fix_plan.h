// What to do about an image's vulnerabilities: which upgrades clear them, and how the package manager at hand is told.
// Pure.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "scanner/matching/matcher.h"
#include "scanner/report.h"

namespace scanner::matching {

// The upgrade of one package to the highest of its fixes, which clears all its issues that have one.
struct Upgrade {
  std::string package_type;
  std::string package;
  std::string installed;
  std::string to;
  std::array<std::size_t, 5> clears{};  // issues, by advisories::Severity
  std::string command;                  // "apt-get install --only-upgrade libssl3=3.0.9-1"
  [[nodiscard]] std::size_t cleared() const;
};

struct FixPlan {
  std::vector<Upgrade> upgrades;  // that which clears the worst and the most first; each package once
  std::size_t without_fix = 0;    // issues for which no fix is known
};

[[nodiscard]] FixPlan fix_plan(const std::vector<Vulnerability>& vulnerabilities, const Distribution& distribution);

// What mends this one, in words for its package manager: "Upgrade openssl to 3.0.9-1: apt-get install ...".
[[nodiscard]] std::string remediation(const Vulnerability& vulnerability, const Distribution& distribution);

}  // namespace scanner::matching

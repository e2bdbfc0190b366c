// Which of several ratings counts: docs/decisions/0007-severity.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scanner/advisories/advisory.h"

namespace scanner::matching {

struct ChosenSeverity {
  advisories::Severity severity = advisories::Severity::kUnknown;
  std::string source;
  bool operator==(const ChosenSeverity&) const = default;
};

// The vendor's word (a rating without a vector) before what a vector computes to; of several words or several vectors
// the worst. nullopt when none says anything.
[[nodiscard]] std::optional<ChosenSeverity> choose_severity(const std::vector<advisories::Rating>& ratings);

}  // namespace scanner::matching

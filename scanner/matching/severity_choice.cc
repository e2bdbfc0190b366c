#include "scanner/matching/severity_choice.h"

namespace scanner::matching {

std::optional<ChosenSeverity> choose_severity(const std::vector<advisories::Rating>& ratings) {
  const advisories::Rating* word = nullptr;
  const advisories::Rating* vector = nullptr;
  for (const advisories::Rating& rating : ratings) {
    const advisories::Rating*& best = rating.vector.empty() ? word : vector;
    if (rating.severity != advisories::Severity::kUnknown && (best == nullptr || rating.severity > best->severity))
      best = &rating;
  }
  const advisories::Rating* chosen = word != nullptr ? word : vector;
  if (chosen == nullptr) return std::nullopt;
  return ChosenSeverity{.severity = chosen->severity, .source = chosen->source};
}

}  // namespace scanner::matching

// A decision told in full: what a denial or warning leaves out because a terminal is small. Pure.
#pragma once

#include <string>
#include <vector>

#include "policy/decision.h"

namespace policy {

enum class PassedBecause : std::uint8_t { kException, kGrace, kRatchet, kContinuity };

// A finding that some rule hits and that does not count.
struct PassedFinding {
  std::size_t image = 0;
  const FindingFacts* finding = nullptr;  // of the question
  std::string policy;
  std::string rule;
  PassedBecause because = PassedBecause::kException;
  std::string exception;                 // its title, of kException
  std::optional<base::SystemTime> ends;  // when it counts again, where that is known
};

// By image, policy, rule and id.
[[nodiscard]] std::vector<PassedFinding> passed_findings(const RuleBook& book, const Question& question);

// Verdict, every reason that denies, warns or would do so but for a mode, every finding that does not count and why,
// and which policies were asked. Lines; text from outside is escaped. Each image's findings are told only where the
// namespace has proved that it may pull it.
[[nodiscard]] std::string explain(const RuleBook& book, const Question& question, const Decision& decision);

}  // namespace policy

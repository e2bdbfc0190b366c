#include "policy/audit_annotations.h"

#include "base/log.h"

namespace policy {
namespace {

constexpr std::size_t kBytesMax = 1024;

// Adds to a list that a person reads, as long as there is room.
void add(std::string& list, const std::string& item) {
  if (list.size() <= kBytesMax) list += (list.empty() ? "" : "; ") + item;
}

std::string reason_text(const Reason& reason) {
  std::string text =
      reason.policy + (reason.rule.empty() ? "" : "/" + reason.rule) + " " + std::string(cause_name(reason.cause));
  if (reason.wanted != reason.verdict) text += " (would " + std::string(verdict_word(reason.wanted)) + ")";
  return text;
}

}  // namespace

std::map<std::string, std::string> audit_annotations(const Decision& decision, const Question& question) {
  std::map<std::string, std::string> annotations{{"decision", std::string(verdict_word(decision.verdict))}};
  std::string reasons;
  std::map<std::string, std::int64_t> generations;
  for (const std::vector<Reason>* list : {&decision.reasons, &decision.audited}) {
    for (const Reason& reason : *list) {
      add(reasons, reason_text(reason));
      generations.emplace(reason.policy, reason.policy_generation);
    }
  }
  std::string policies;
  for (const auto& [title, generation] : generations)
    add(policies, title + " generation " + std::to_string(generation));
  std::string glass;
  for (const BrokenGlass& broken : decision.broken_glass) {
    add(glass, broken.policy + " by " + broken.annotation + ": " + base::escape_text(broken.why, 256));
  }
  if (!reasons.empty()) annotations["reasons"] = reasons;
  if (!policies.empty()) annotations["policies"] = policies;
  if (!glass.empty()) annotations["break-glass"] = glass;
  if (!question.id.empty()) annotations["decision-id"] = question.id;
  if (question.database_generation) {
    annotations["database-generation"] = std::to_string(*question.database_generation);
  }
  return annotations;
}

}  // namespace policy

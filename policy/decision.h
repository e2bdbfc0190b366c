// May this object run these images? Every policy that matches is evaluated and the strictest result wins. Pure: the
// same question and rule book give the same answer, in the webhook, in the operator's replay and on the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/facts.h"
#include "policy/rules.h"

namespace policy {

struct Question {
  Subject subject;
  std::vector<ImageFacts> images;
  base::SystemTime now;
  std::optional<base::SystemTime> database_built_at;
};

enum class Cause : std::uint8_t {
  kFindings,
  kUnscanned,
  kIncomplete,
  kNoDigest,
  kInvalidReference,
  kUnreadablePolicy,
};
// "findings", "unscanned", ...: a closed set, for metrics and audit annotations.
[[nodiscard]] std::string_view cause_name(Cause cause);

// "allow", "warn" or "deny".
[[nodiscard]] std::string_view verdict_word(crds::Verdict verdict);

// What one policy says about one image. Images and findings are those of the question.
struct Reason {
  crds::Verdict verdict = crds::Verdict::kAllow;  // after the policy's mode
  crds::Verdict wanted = crds::Verdict::kAllow;   // were the policy's mode Deny
  Cause cause = Cause::kFindings;
  std::string policy;  // "ClusterScanPolicy/default"
  std::string rule;    // of kFindings
  std::size_t image = 0;
  std::vector<const FindingFacts*> findings;  // unresolved, of kFindings; worst first
  std::string detail;                         // why unscanned, incomplete, invalid or unreadable
  std::string message;                        // the policy's own words
};

struct Decision {
  crds::Verdict verdict = crds::Verdict::kAllow;
  std::vector<Reason> reasons;        // that warn or deny: strictest first, then by image, policy and rule
  std::vector<Reason> audited;        // that hold and let pass, by the mode of policy or rule
  std::vector<std::string> policies;  // titles of those that apply to the object
};

[[nodiscard]] Decision decide(const RuleBook& book, const Question& question);

// The names of policies of the decision that deny, each once.
[[nodiscard]] std::vector<std::string> denying_policies(const Decision& decision);

}  // namespace policy

// May this object run these images? Every policy that matches is evaluated and the strictest result wins. Pure: the
// same question and rule book give the same answer, in the webhook, in the operator's replay and on the command line.
#pragma once

#include <chrono>
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
  std::vector<ImageFacts> images;  // those that are new; none: the annotations of break-glass alone are judged
  base::SystemTime now;
  std::optional<base::SystemTime> database_built_at;
  std::optional<std::int64_t> database_generation = {};
  std::optional<Request> request = {};
  FirstSeen first_seen = {};  // empty: nothing is known
  std::string id = {};        // of the decision, for a person to find it in log and audit trail; may be empty
};

enum class Cause : std::uint8_t {
  kFindings,
  kUnscanned,
  kIncomplete,
  kCoverage,
  kNoDigest,
  kInvalidReference,
  kUnreadablePolicy,
  kBreakGlass,  // its annotation was set, changed or taken away by somebody who may not
};
// "findings", "unscanned", ...: a closed set, for metrics and audit annotations.
[[nodiscard]] std::string_view cause_name(Cause cause);

// "allow", "warn" or "deny".
[[nodiscard]] std::string_view verdict_word(crds::Verdict verdict);

// What one policy says about one image; of kBreakGlass and kUnreadablePolicy, about the object. Images and findings are
// those of the question.
struct Reason {
  crds::Verdict verdict = crds::Verdict::kAllow;  // after the policy's mode, and after break-glass
  crds::Verdict wanted = crds::Verdict::kAllow;   // were the policy's mode Deny
  Cause cause = Cause::kFindings;
  std::string policy;  // "ClusterScanPolicy/default"
  std::int64_t policy_generation = 0;
  std::string rule;  // of kFindings
  std::size_t image = 0;
  std::vector<const FindingFacts*> findings;  // unresolved, of kFindings; worst first
  std::string detail;                         // why unscanned, incomplete, invalid or unreadable
  std::string message;                        // the policy's own words
  std::string broken_glass = {};              // why the policy's denial became a warning; empty: it did not
  std::chrono::seconds wait_at_most{0};       // of kUnscanned: the policy waits so long for a scan; zero: it does not
};

// The answer may come later: while scans of these images can still come, the question is to be put again whenever what
// is known of them changes. The decision that carries this is the answer once the time is up.
struct Wait {
  std::chrono::seconds at_most{0};  // from the request's arrival
  std::vector<std::size_t> images;  // of the question, ascending
};

// A denial of this policy that the object's annotation turned into a warning.
struct BrokenGlass {
  std::string policy;
  std::int64_t policy_generation = 0;
  std::string annotation;
  std::string why;  // the annotation's value
};

struct Decision {
  crds::Verdict verdict = crds::Verdict::kAllow;
  std::optional<Wait> wait;           // absent: the answer is final now
  std::vector<Reason> reasons;        // that warn or deny: strictest first, then by image, policy and rule
  std::vector<Reason> audited;        // that hold and let pass, by the mode of policy or rule
  std::vector<std::string> policies;  // titles of those that apply to the object
  std::vector<BrokenGlass> broken_glass;
};

[[nodiscard]] Decision decide(const RuleBook& book, const Question& question);

// The names of policies of the decision that deny, each once.
[[nodiscard]] std::vector<std::string> denying_policies(const Decision& decision);

}  // namespace policy

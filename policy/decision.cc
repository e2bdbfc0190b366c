#include "policy/decision.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

#include "policy/break_glass.h"
#include "policy/image_judgement.h"

namespace policy {
namespace {

using crds::Verdict;

void judge_unreadable(const RuleBook& book, const Question& question, Decision& decision,
                      std::vector<Reason>& reasons) {
  for (const UnreadablePolicy& policy : book.unreadable) {
    if (!policy.ns.empty() && policy.ns != question.subject.ns) continue;
    decision.policies.push_back(policy.title);
    reasons.push_back({.verdict = Verdict::kDeny,
                       .wanted = Verdict::kDeny,
                       .cause = Cause::kUnreadablePolicy,
                       .policy = policy.title,
                       .policy_generation = 0,
                       .rule = {},
                       .image = 0,
                       .findings = {},
                       .detail = policy.error,
                       .message = {}});
  }
}

bool strictest_first(const Reason& left, const Reason& right) {
  const auto key = [](const Reason& reason) {
    return std::tie(reason.image, reason.cause, reason.policy, reason.rule);
  };
  if (left.verdict != right.verdict) return left.verdict > right.verdict;
  return key(left) < key(right);
}

// Waiting ends with the first policy that then denies; where none does, with the last that waits. What is denied for
// another reason is denied at once.
std::optional<Wait> wait_of(const std::vector<Reason>& reasons) {
  std::optional<std::chrono::seconds> until_denial;
  std::chrono::seconds longest{0};
  std::set<std::size_t> images;
  for (const Reason& reason : reasons) {
    const bool denies = reason.verdict == Verdict::kDeny;
    if (reason.wait_at_most.count() == 0) {
      if (denies) return std::nullopt;
      continue;
    }
    images.insert(reason.image);
    longest = std::max(longest, reason.wait_at_most);
    if (denies) until_denial = std::min(until_denial.value_or(reason.wait_at_most), reason.wait_at_most);
  }
  if (images.empty()) return std::nullopt;
  return Wait{.at_most = until_denial.value_or(longest), .images = {images.begin(), images.end()}};
}

// Turns the policy's denials into warnings.
void break_glass(const Policy& policy, const std::string& why, std::vector<Reason>& reasons, Decision& decision) {
  bool denies = false;
  for (Reason& reason : reasons) {
    denies = denies || reason.verdict == Verdict::kDeny;
    reason.verdict = std::min(reason.verdict, Verdict::kWarn);
    reason.wanted = std::min(reason.wanted, Verdict::kWarn);
    reason.wait_at_most = std::chrono::seconds(0);
    reason.broken_glass = why;
  }
  if (denies) {
    decision.broken_glass.push_back({.policy = policy.title,
                                     .policy_generation = policy.generation,
                                     .annotation = policy.spec.break_glass->annotation,
                                     .why = why});
  }
}

// Planted while a policy still counts only, the annotation would open it once it denies: every mode guards it.
void judge_annotation(const Policy& policy, const Question& question, std::vector<Reason>& reasons) {
  if (!question.request) return;
  std::string why_not = forbidden_change(policy, question.subject, *question.request);
  if (why_not.empty()) return;
  reasons.push_back({.verdict = Verdict::kDeny,
                     .wanted = Verdict::kDeny,
                     .cause = Cause::kBreakGlass,
                     .policy = policy.title,
                     .policy_generation = policy.generation,
                     .rule = {},
                     .image = 0,
                     .findings = {},
                     .detail = std::move(why_not),
                     .message = policy.spec.message});
}

void judge_by(const RuleBook& book, const Policy& policy, const Question& question, Decision& decision,
              std::vector<Reason>& all) {
  decision.policies.push_back(policy.title);
  std::vector<Reason> reasons;
  for (std::size_t image = 0; image < question.images.size(); ++image) {
    const Case at{book, question, policy, image};
    if (applies_to(policy, at.image())) judge_image(at, reasons);
  }
  if (const std::optional<std::string> why = reason_to_break(policy, question.subject)) {
    break_glass(policy, *why, reasons, decision);
  }
  judge_annotation(policy, question, reasons);
  std::move(reasons.begin(), reasons.end(), std::back_inserter(all));
}

}  // namespace

std::string_view verdict_word(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAllow:
      return "allow";
    case Verdict::kWarn:
      return "warn";
    case Verdict::kDeny:
      return "deny";
  }
  return "deny";
}

std::string_view cause_name(Cause cause) {
  switch (cause) {
    case Cause::kFindings:
      return "findings";
    case Cause::kUnscanned:
      return "unscanned";
    case Cause::kIncomplete:
      return "incomplete";
    case Cause::kCoverage:
      return "coverage";
    case Cause::kNoDigest:
      return "no_digest";
    case Cause::kInvalidReference:
      return "invalid_reference";
    case Cause::kUnreadablePolicy:
      return "unreadable_policy";
    case Cause::kBreakGlass:
      return "break_glass";
  }
  return "unknown";
}

Decision decide(const RuleBook& book, const Question& question) {
  Decision decision;
  std::vector<Reason> reasons;
  for (const Policy& policy : book.policies) {
    if (applies_to(policy, question.subject)) judge_by(book, policy, question, decision, reasons);
  }
  if (!question.images.empty()) judge_unreadable(book, question, decision, reasons);
  std::sort(reasons.begin(), reasons.end(), strictest_first);
  std::sort(decision.policies.begin(), decision.policies.end());
  decision.wait = wait_of(reasons);
  for (Reason& reason : reasons) {
    decision.verdict = std::max(decision.verdict, reason.verdict);
    if (reason.verdict != Verdict::kAllow) {
      decision.reasons.push_back(std::move(reason));
    } else if (reason.wanted != Verdict::kAllow || reason.cause == Cause::kFindings) {
      decision.audited.push_back(std::move(reason));
    }
  }
  return decision;
}

std::vector<std::string> denying_policies(const Decision& decision) {
  std::vector<std::string> titles;
  for (const Reason& reason : decision.reasons) {
    if (reason.verdict == Verdict::kDeny) titles.push_back(reason.policy);
  }
  std::sort(titles.begin(), titles.end());
  titles.erase(std::unique(titles.begin(), titles.end()), titles.end());
  return titles;
}

}  // namespace policy

#include "policy/decision.h"

#include <algorithm>
#include <tuple>

#include "policy/scan_state.h"

namespace policy {
namespace {

using crds::PolicyMode;
using crds::Verdict;

Verdict verdict_of(PolicyMode mode) {
  switch (mode) {
    case PolicyMode::kAudit:
      return Verdict::kAllow;
    case PolicyMode::kWarn:
      return Verdict::kWarn;
    case PolicyMode::kDeny:
      return Verdict::kDeny;
  }
  return Verdict::kDeny;
}

// A controller is never judged more strictly than its pods would be.
PolicyMode mode_for(const Policy& policy, SubjectKind kind, std::optional<PolicyMode> rule_mode = std::nullopt) {
  const PolicyMode mode = rule_mode.value_or(policy.spec.mode);
  return kind == SubjectKind::kController ? std::min(mode, policy.spec.controllers_mode) : mode;
}

// One policy and one image of a question.
struct Case {
  const RuleBook& book;
  const Question& question;
  const Policy& policy;
  std::size_t image_index;

  [[nodiscard]] const ImageFacts& image() const { return question.images[image_index]; }
  [[nodiscard]] ScanQuery scan_query() const { return {policy, image(), question.now, question.database_built_at}; }
};

Reason reason_of(const Case& at, Cause cause, Verdict wanted, std::string detail) {
  return {.verdict = std::min(wanted, verdict_of(mode_for(at.policy, at.question.subject.kind))),
          .wanted = wanted,
          .cause = cause,
          .policy = at.policy.title,
          .rule = {},
          .image = at.image_index,
          .findings = {},
          .detail = std::move(detail),
          .message = at.policy.spec.message};
}

Verdict verdict_of(const crds::Unscanned& unscanned) {
  switch (unscanned.action) {
    case crds::UnscannedAction::kAllow:
      return Verdict::kAllow;
    case crds::UnscannedAction::kWarn:
      return Verdict::kWarn;
    case crds::UnscannedAction::kDeny:
      return Verdict::kDeny;
    case crds::UnscannedAction::kWait:
      return unscanned.then;  // until requests can be parked
  }
  return Verdict::kDeny;
}

Reason unscanned_reason(const Case& at, std::string because) {
  const crds::Unscanned& unscanned = at.policy.spec.unscanned;
  if (unscanned.action == crds::UnscannedAction::kWait) {
    because += "; waiting is not supported yet, so that Wait acts as its `then`";
  }
  return reason_of(at, Cause::kUnscanned, verdict_of(unscanned), std::move(because));
}

bool is_excepted(const Case& at, const ManifestFacts& manifest, const FindingFacts& finding) {
  return at.book.exceptions.covering({.subject = at.question.subject,
                                      .image = at.image(),
                                      .manifest = manifest,
                                      .finding = finding,
                                      .terms = at.policy.exception_terms,
                                      .now = at.question.now}) != nullptr;
}

std::vector<const FindingFacts*> unresolved(const Case& at, const Rule& rule, const ManifestFacts& manifest) {
  std::vector<const FindingFacts*> findings;
  for (const FindingFacts* finding : manifest.findings) {
    if (rule_hits(rule, *finding, at.question.now) && !is_excepted(at, manifest, *finding)) findings.push_back(finding);
  }
  return findings;
}

auto worst_first(const Rule& rule) {
  return [&rule](const FindingFacts* left, const FindingFacts* right) {
    const auto key = [&rule](const FindingFacts& finding) {
      return std::tuple(-static_cast<int>(severity_for(rule, finding)), finding.exploited ? 0 : 1,
                        std::cref(finding.id).get(), std::cref(finding.package).get());
    };
    return key(*left) < key(*right);
  };
}

// The strictest of the platforms decides; what is told is what any deciding platform has, each finding once.
std::vector<const FindingFacts*> deciding_findings(const Case& at, const Rule& rule) {
  std::vector<const FindingFacts*> deciding;
  for (const ManifestFacts* manifest : at.image().manifests) {
    const std::vector<const FindingFacts*> found = unresolved(at, rule, *manifest);
    if (static_cast<std::int64_t>(found.size()) <= rule.spec.max_count) continue;
    deciding.insert(deciding.end(), found.begin(), found.end());
  }
  std::sort(deciding.begin(), deciding.end(), worst_first(rule));
  const auto same = [](const FindingFacts* left, const FindingFacts* right) {
    return left == right || (left->id == right->id && left->package_type == right->package_type &&
                             left->package == right->package && left->installed == right->installed);
  };
  deciding.erase(std::unique(deciding.begin(), deciding.end(), same), deciding.end());
  return deciding;
}

void judge_rules(const Case& at, std::vector<Reason>& reasons) {
  for (const Rule& rule : at.policy.rules) {
    std::vector<const FindingFacts*> findings = deciding_findings(at, rule);
    if (findings.empty()) continue;
    // A rule with a mode of its own keeps it whatever the policy's is.
    const Verdict wanted = rule.spec.mode ? verdict_of(*rule.spec.mode) : Verdict::kDeny;
    Reason reason = reason_of(at, Cause::kFindings, wanted, {});
    reason.verdict = verdict_of(mode_for(at.policy, at.question.subject.kind, rule.spec.mode));
    reason.rule = rule.spec.name;
    reason.findings = std::move(findings);
    reasons.push_back(std::move(reason));
  }
}

void judge_image(const Case& at, std::vector<Reason>& reasons) {
  const ImageFacts& image = at.image();
  if (!image.reference) {
    reasons.push_back(reason_of(at, Cause::kInvalidReference, Verdict::kDeny, image.error));
    return;
  }
  if (at.policy.spec.require_digest && !image.reference->digest) {
    reasons.push_back(reason_of(at, Cause::kNoDigest, Verdict::kDeny, "it is not named by digest"));
  }
  if (std::string because = stale_because(at.scan_query()); !because.empty()) {
    reasons.push_back(unscanned_reason(at, std::move(because)));
    return;
  }
  // What is known counts also where it is not enough: findings of an old or partial look are still findings.
  judge_rules(at, reasons);
  if (std::string because = unscanned_because(at.scan_query()); !because.empty()) {
    reasons.push_back(unscanned_reason(at, std::move(because)));
  }
  if (std::string because = incomplete_because(image); !because.empty()) {
    reasons.push_back(reason_of(at, Cause::kIncomplete, at.policy.spec.incomplete, std::move(because)));
  }
}

void judge_unreadable(const RuleBook& book, const Question& question, Decision& decision,
                      std::vector<Reason>& reasons) {
  for (const UnreadablePolicy& policy : book.unreadable) {
    if (!policy.ns.empty() && policy.ns != question.subject.ns) continue;
    decision.policies.push_back(policy.title);
    reasons.push_back({.verdict = Verdict::kDeny,
                       .wanted = Verdict::kDeny,
                       .cause = Cause::kUnreadablePolicy,
                       .policy = policy.title,
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
    case Cause::kNoDigest:
      return "no_digest";
    case Cause::kInvalidReference:
      return "invalid_reference";
    case Cause::kUnreadablePolicy:
      return "unreadable_policy";
  }
  return "unknown";
}

Decision decide(const RuleBook& book, const Question& question) {
  Decision decision;
  std::vector<Reason> reasons;
  if (question.images.empty()) return decision;
  for (const Policy& policy : book.policies) {
    if (!applies_to(policy, question.subject)) continue;
    decision.policies.push_back(policy.title);
    for (std::size_t image = 0; image < question.images.size(); ++image) {
      const Case at{book, question, policy, image};
      if (applies_to(policy, at.image())) judge_image(at, reasons);
    }
  }
  judge_unreadable(book, question, decision, reasons);
  std::sort(reasons.begin(), reasons.end(), strictest_first);
  std::sort(decision.policies.begin(), decision.policies.end());
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

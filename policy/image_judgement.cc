#include "policy/image_judgement.h"

#include <algorithm>
#include <tuple>

#include "policy/lenience.h"
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

Reason reason_of(const Case& at, Cause cause, Verdict wanted, std::string detail) {
  return {.verdict = std::min(wanted, verdict_of(mode_for(at.policy, at.question.subject.kind))),
          .wanted = wanted,
          .cause = cause,
          .policy = at.policy.title,
          .policy_generation = at.policy.generation,
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
      return unscanned.then;
  }
  return Verdict::kDeny;
}

// Holding an answer back costs the API server a seat: only where it may become a denial, and only while a scan may
// come.
bool is_worth_waiting(const Case& at, const ScanGap& gap) {
  return at.policy.spec.unscanned.action == crds::UnscannedAction::kWait && gap.mend == Mend::kScan &&
         at.image().hope == ScanHope::kMayCome && mode_for(at.policy, at.question.subject.kind) == PolicyMode::kDeny;
}

Reason unscanned_reason(const Case& at, ScanGap gap) {
  const crds::Unscanned& unscanned = at.policy.spec.unscanned;
  const bool waits = is_worth_waiting(at, gap);
  Reason reason = reason_of(at, Cause::kUnscanned, verdict_of(unscanned), std::move(gap.because));
  if (waits) reason.wait_at_most = std::chrono::seconds(unscanned.wait_seconds);
  return reason;
}

// Matched, covered by no exception, and in no grace of the rule.
std::vector<const FindingFacts*> unresolved(const Case& at, const Rule& rule, const ManifestFacts& manifest,
                                            const Lenience& lenience) {
  std::vector<const FindingFacts*> findings;
  for (const std::span<const FindingFacts* const> part : candidates(rule, manifest)) {
    for (const FindingFacts* finding : part) {
      if (rule_hits(rule, *finding) && !lenience.lets_pass(rule, *finding) &&
          exception_of(at, manifest, *finding) == nullptr) {
        findings.push_back(finding);
      }
    }
  }
  return findings;
}

auto worst_first(const Rule& rule) {
  return [&rule](const FindingFacts* left, const FindingFacts* right) {
    const auto key = [&rule](const FindingFacts& finding) {
      return std::tuple<int, int, const std::string&, const std::string&>(
          -static_cast<int>(severity_for(rule, finding)), finding.exploited ? 0 : 1, finding.id, finding.package);
    };
    return key(*left) < key(*right);
  };
}

// The strictest of the platforms decides; what is told is what any deciding platform has, each finding once.
std::vector<const FindingFacts*> deciding_findings(const Case& at, const Rule& rule, const Lenience& lenience) {
  std::vector<const FindingFacts*> deciding;
  for (const ManifestFacts* manifest : at.image().manifests) {
    const std::vector<const FindingFacts*> found = unresolved(at, rule, *manifest, lenience);
    if (static_cast<std::int64_t>(found.size()) <= rule.spec.max_count) continue;
    deciding.insert(deciding.end(), found.begin(), found.end());
  }
  std::sort(deciding.begin(), deciding.end(), worst_first(rule));
  const auto same = [](const FindingFacts* left, const FindingFacts* right) {
    return left->id == right->id && left->package_type == right->package_type && left->package == right->package &&
           left->installed == right->installed;
  };
  deciding.erase(std::unique(deciding.begin(), deciding.end(), same), deciding.end());
  return deciding;
}

void judge_rules(const Case& at, std::vector<Reason>& reasons) {
  const Lenience lenience(at.policy, at.image(), at.question);
  for (const Rule& rule : at.policy.rules) {
    std::vector<const FindingFacts*> findings = deciding_findings(at, rule, lenience);
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

ScanQuery scan_query(const Case& at) {
  return {at.policy, at.image(), at.question.now, at.question.database_built_at};
}

}  // namespace

const crds::FindingException* exception_of(const Case& at, const ManifestFacts& manifest, const FindingFacts& finding) {
  return at.book.exceptions.covering({.subject = at.question.subject,
                                      .image = at.image(),
                                      .manifest = manifest,
                                      .finding = finding,
                                      .terms = at.policy.exception_terms,
                                      .now = at.question.now});
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
  if (std::optional<ScanGap> gap = stale_tag(scan_query(at))) {
    reasons.push_back(unscanned_reason(at, *std::move(gap)));
    return;
  }
  // What is known counts also where it is not enough: findings of an old or partial look are still findings.
  judge_rules(at, reasons);
  if (std::optional<ScanGap> gap = missing_scan(scan_query(at))) {
    reasons.push_back(unscanned_reason(at, *std::move(gap)));
  }
  if (std::string because = incomplete_because(image); !because.empty()) {
    reasons.push_back(reason_of(at, Cause::kIncomplete, at.policy.spec.incomplete, std::move(because)));
  }
  if (!at.policy.spec.min_coverage) return;
  if (std::string because = uncovered_because(image, *at.policy.spec.min_coverage); !because.empty()) {
    because += ", " + std::to_string(*at.policy.spec.min_coverage) + " % are required";
    reasons.push_back(reason_of(at, Cause::kCoverage, Verdict::kDeny, std::move(because)));
  }
}

}  // namespace policy

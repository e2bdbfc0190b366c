#include "operator/reconcilers/rule_status.h"

#include <algorithm>
#include <map>
#include <set>

#include "policy/exceptions.h"
#include "policy/rules.h"

namespace pratique_operator::reconcilers {
namespace {

using crds::ScanPolicyStatus;

struct Said {
  const char* type;
  bool holds;
  std::string reason;
  std::string message;
};

void say(std::vector<kubernetes::Condition>& conditions, const Said& said, std::int64_t generation,
         base::SystemTime now) {
  kubernetes::set_condition(conditions,
                            {.type = said.type,
                             .status = said.holds ? "True" : "False",
                             .reason = said.reason,
                             .message = said.message,
                             .last_transition_time = {},
                             .observed_generation = generation},
                            base::format_rfc3339(now));
}

crds::Verdict strictest_wanted(const policy::Decision& decision) {
  crds::Verdict strictest = crds::Verdict::kAllow;
  for (const auto* reasons : {&decision.reasons, &decision.audited}) {
    for (const policy::Reason& reason : *reasons) {
      strictest = std::max(strictest, reason.wanted);
    }
  }
  return strictest;
}

// Absent while no replica counts: a zero would say that nothing was denied.
std::optional<std::int64_t> denied_by_all_replicas(const ScanPolicyStatus& status, base::SystemTime now) {
  if (status.replicas.empty()) {
    return std::nullopt;
  }
  std::int64_t denied = 0;
  for (const crds::ReplicaDenials& replica : status.replicas) {
    // That of a replica that is gone stays as it was last told.
    const std::optional<base::SystemTime> last = base::parse_rfc3339(replica.last_denied);
    const bool is_old = last && *last <= now - std::chrono::hours(24);
    denied += is_old ? 0 : replica.denied_last_24h;
  }
  return denied;
}

// Why workloads would be denied or warned about: rules and causes with the number of workloads, most first.
std::vector<crds::ReasonCount> most_frequent(const std::map<std::string, std::int64_t>& reasons) {
  constexpr std::size_t kReasonsMax = 5;
  std::vector<crds::ReasonCount> counts;
  for (const auto& [reason, count] : reasons) {
    counts.push_back({.reason = reason, .count = count});
  }
  std::ranges::stable_sort(counts, std::ranges::greater{}, &crds::ReasonCount::count);
  counts.resize(std::min(counts.size(), kReasonsMax));
  return counts;
}

std::set<std::string> reasons_of(const policy::Decision& decision) {
  std::set<std::string> names;
  for (const auto* reasons : {&decision.reasons, &decision.audited}) {
    for (const policy::Reason& reason : *reasons) {
      names.insert(reason.rule.empty() ? std::string(policy::cause_name(reason.cause)) : "rule " + reason.rule);
    }
  }
  return names;
}

bool only_some_images(const crds::ScanPolicy& policy) {
  return policy.cluster_wide() && !policy.spec.match.images.empty();
}

bool any_finding(const std::vector<RunningWorkload>& workloads, bool (*holds)(const policy::FindingFacts&)) {
  for (const RunningWorkload& workload : workloads) {
    for (const policy::ImageFacts& image : workload.images) {
      for (const policy::ManifestFacts* manifest : image.manifests) {
        if (std::ranges::any_of(manifest->findings, [&](const auto* finding) { return holds(*finding); })) {
          return true;
        }
      }
    }
  }
  return false;
}

// Rules that ask for what no finding of anything that runs is known for: as long as the advisory database has no source
// of it, they let everything pass, and whoever wrote them should know.
std::string rules_that_cannot_fire(const crds::ScanPolicy& policy, const KnownOfFindings& known) {
  std::string names;
  for (const crds::PolicyRule& rule : policy.spec.rules) {
    const bool wants_epss = rule.epss_at_least.value_or(0) > 0 && !known.has_epss;
    const bool wants_exploited = rule.exploited == crds::Which::kOnly && !known.has_exploited;
    if (wants_epss || wants_exploited) {
      names += (names.empty() ? "" : ", ") + rule.name;
    }
  }
  return names;
}

Said ready(const crds::ScanPolicy& policy, const KnownOfFindings& known) {
  const std::string silent = rules_that_cannot_fire(policy, known);
  if (!silent.empty()) {
    return {"Ready", true, "RuleCannotFire",
            "no known finding has an EPSS score, or is known to be exploited, as these rules ask: " + silent};
  }
  if (only_some_images(policy)) {
    return {"Ready", true, "SomeImagesOnly",
            "images that match.images does not name are judged by other policies alone"};
  }
  return {"Ready", true, "Compiled", ""};
}

// A rule with a mode of its own denies, or does not, whatever the policy's mode is.
Said enforced(const crds::ScanPolicySpec& spec) {
  std::string stricter;
  std::string milder;
  for (const crds::PolicyRule& rule : spec.rules) {
    if (!rule.mode) {
      continue;
    }
    std::string& names = *rule.mode == crds::PolicyMode::kDeny ? stricter : milder;
    names += (names.empty() ? "" : ", ") + rule.name;
  }
  if (spec.mode == crds::PolicyMode::kDeny) {
    return {"Enforced", true, "Deny", milder.empty() ? "" : "but these rules have a milder mode: " + milder};
  }
  if (!stricter.empty()) {
    return {"Enforced", true, "RulesDeny", "only these rules deny: " + stricter};
  }
  return {"Enforced", false, spec.mode == crds::PolicyMode::kWarn ? "Warn" : "Audit", "spec.mode lets everything run"};
}

}  // namespace

policy::RuleBook book_of(const crds::ScanPolicy& policy, const policy::ExceptionIndex& exceptions) {
  return {.policies = {policy::compile(policy)}, .unreadable = {}, .exceptions = exceptions};
}

void add_workloads(PolicyTally& tally, const policy::RuleBook& book, const std::vector<RunningWorkload>& workloads,
                   base::SystemTime now) {
  for (const RunningWorkload& workload : workloads) {
    const policy::Decision decision = policy::decide(book, {.subject = workload.subject,
                                                            .images = workload.images,
                                                            .now = now,
                                                            .database_built_at = now,
                                                            .first_seen = workload.first_seen});
    if (decision.policies.empty()) {
      continue;
    }
    ++tally.matched;
    const crds::Verdict wanted = strictest_wanted(decision);
    tally.would_deny += wanted == crds::Verdict::kDeny ? 1 : 0;
    tally.would_warn += wanted == crds::Verdict::kWarn ? 1 : 0;
    for (const std::string& reason : reasons_of(decision)) {
      ++tally.reasons[reason];
    }
  }
}

void add_workloads(KnownOfFindings& known, const std::vector<RunningWorkload>& workloads) {
  known.has_epss =
      known.has_epss || any_finding(workloads, [](const auto& finding) { return finding.epss.has_value(); });
  known.has_exploited =
      known.has_exploited || any_finding(workloads, [](const auto& finding) { return finding.exploited; });
}

ScanPolicyStatus policy_status(const crds::ScanPolicy& policy, const PolicyTally& tally, const KnownOfFindings& known,
                               base::SystemTime now) {
  ScanPolicyStatus status = policy.status;
  status.observed_generation = policy.metadata.generation.value_or(0);
  status.matched_workloads = tally.matched;
  status.would_deny = tally.would_deny;
  status.would_warn = tally.would_warn;
  status.rules = static_cast<std::int64_t>(policy.spec.rules.size());
  status.top_reasons = most_frequent(tally.reasons);
  status.denied_last_24h = denied_by_all_replicas(status, now);
  say(status.conditions, ready(policy, known), status.observed_generation, now);
  say(status.conditions, enforced(policy.spec), status.observed_generation, now);
  return status;
}

crds::FindingExceptionStatus exception_status(const crds::FindingException& exception, const ExceptionMatches& matches,
                                              const policy::ExceptionTerms& terms, base::SystemTime now) {
  crds::FindingExceptionStatus status = exception.status;
  status.observed_generation = exception.metadata.generation.value_or(0);
  status.matched_findings = matches.findings;
  status.matched_workloads = matches.workloads;
  const std::optional<base::SystemTime> end = policy::end_of(exception, terms);
  status.ends_at = end ? base::format_rfc3339(*end) : "";
  const bool expired = end && *end <= now;
  const bool forbidden = !exception.cluster_wide() && terms.namespaced == crds::NamespacedExceptions::kForbid;
  Said active{"Active", !expired && !forbidden, "Active", "covers " + std::to_string(matches.findings) + " findings"};
  if (forbidden) {
    active.reason = "Forbidden";
    active.message = "a ClusterScanPolicy forbids exceptions of namespaces";
  } else if (expired) {
    active.reason = "Expired";
    active.message = "it ended at " + status.ends_at;
  } else if (matches.findings == 0) {
    active.reason = "MatchesNothing";
    active.message = "no Finding is covered by it";
  }
  say(status.conditions, active, status.observed_generation, now);
  say(status.conditions,
      {"Expired", expired, expired ? "Date" : "NotYet", expired ? "it ended at " + status.ends_at : ""},
      status.observed_generation, now);
  return status;
}

}  // namespace pratique_operator::reconcilers

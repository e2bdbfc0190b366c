// Policies made ready to judge: durations read, scopes decided. Pure.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crds/scan_policy.h"
#include "policy/exceptions.h"
#include "policy/facts.h"

namespace policy {

struct Rule {
  crds::PolicyRule spec;
  std::optional<std::chrono::seconds> since_published;
  std::optional<std::chrono::seconds> since_fix_available;
  std::optional<std::chrono::seconds> since_first_seen;
};

struct Policy {
  std::string title;  // "ClusterScanPolicy/default"
  std::string ns;     // empty: cluster-wide
  std::int64_t generation = 0;
  crds::ScanPolicySpec spec;
  std::vector<Rule> rules;
  std::optional<std::chrono::seconds> tag_age_max;
  std::optional<std::chrono::seconds> scan_age_max;
  std::optional<std::chrono::seconds> database_age_max;
  std::optional<std::chrono::seconds> continuity_window;
  ExceptionTerms exception_terms;
};

[[nodiscard]] Policy compile(const crds::ScanPolicy& policy);

// A policy that exists and cannot be read. It denies wherever it might apply: guessing what it says could admit.
struct UnreadablePolicy {
  std::string title;
  std::string ns;  // empty: cluster-wide
  std::string error;
};

// Everything that decides. Immutable once built.
struct RuleBook {
  std::vector<Policy> policies;
  std::vector<UnreadablePolicy> unreadable;
  ExceptionIndex exceptions;
};

// Whether the policy is about this object. A namespace that is not known matches every ClusterScanPolicy.
[[nodiscard]] bool applies_to(const Policy& policy, const Subject& subject);
// Whether it is about this image. What is not a reference matches every policy.
[[nodiscard]] bool applies_to(const Policy& policy, const ImageFacts& image);

// The findings of a manifest that can reach the rule's severity, in up to two parts: all of them where their order is
// not known, or where the rule does not go by their own severity. rule_hits() still decides.
using Candidates = std::array<std::span<const FindingFacts* const>, 2>;
[[nodiscard]] Candidates candidates(const Rule& rule, const ManifestFacts& manifest);

// Whether the rule's criteria hold for the finding. Graces and exceptions are not looked at.
[[nodiscard]] bool rule_hits(const Rule& rule, const FindingFacts& finding);

// When the last of the rule's graces ends for the finding; nullopt: it has none, or what it counts from is not known.
// `first_seen` is asked only by a rule with a grace from then on.
[[nodiscard]] std::optional<base::SystemTime> grace_end(const Rule& rule, const FindingFacts& finding,
                                                        const FirstSeen& first_seen);

// The severity by which the rule judges: the first of its sources that has one, else the finding's own; Unknown becomes
// what the rule says it counts as.
[[nodiscard]] crds::Severity severity_for(const Rule& rule, const FindingFacts& finding);

// The CVSS base score by which the rule judges: that of the first of its sources that has one, else the highest of all;
// without any, the upper end of the severity's band, so that the guess errs towards denying.
[[nodiscard]] double cvss_for(const Rule& rule, const FindingFacts& finding);

}  // namespace policy

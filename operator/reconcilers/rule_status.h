// The statuses of policies and exceptions: what they would do to what runs now, and whether they still count. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crds/finding_exception.h"
#include "crds/scan_policy.h"
#include "policy/decision.h"

namespace pratique_operator::reconcilers {

// A workload that runs now, as policies see it.
struct RunningWorkload {
  policy::Subject subject;
  std::vector<policy::ImageFacts> images;  // what they point to outlives it
  policy::FirstSeen first_seen = {};       // in its namespace
  std::string kind = {};                   // "Deployment"
  std::string name = {};
};

// What one policy would say to workloads if they came anew; in Audit too. Workloads are counted some at a time, because
// the findings of all that run are too many to be in memory at once.
struct PolicyTally {
  std::int64_t matched = 0;  // workloads
  std::int64_t would_deny = 0;
  std::int64_t would_warn = 0;
  std::map<std::string, std::int64_t> reasons = {};  // rules and causes, by how many workloads they hit
};
// This policy alone, with the exceptions that there are.
[[nodiscard]] policy::RuleBook book_of(const crds::ScanPolicy& policy, const policy::ExceptionIndex& exceptions);
void add_workloads(PolicyTally& tally, const policy::RuleBook& book, const std::vector<RunningWorkload>& workloads,
                   base::SystemTime now);

// What is known of the findings of anything that runs.
struct KnownOfFindings {
  bool has_epss = false;
  bool has_exploited = false;
};
void add_workloads(KnownOfFindings& known, const std::vector<RunningWorkload>& workloads);

// `known` is of all workloads, whether they are the policy's or not.
[[nodiscard]] crds::ScanPolicyStatus policy_status(const crds::ScanPolicy& policy, const PolicyTally& tally,
                                                   const KnownOfFindings& known, base::SystemTime now);

// Rows that the exception covers, and distinct workloads that these name.
struct ExceptionMatches {
  std::int64_t findings = 0;
  std::int64_t workloads = 0;
};

[[nodiscard]] crds::FindingExceptionStatus exception_status(const crds::FindingException& exception,
                                                            const ExceptionMatches& matches,
                                                            const policy::ExceptionTerms& terms, base::SystemTime now);

}  // namespace pratique_operator::reconcilers

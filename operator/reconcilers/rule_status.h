// The statuses of policies and exceptions: what they would do to what runs now, and whether they still count. Pure.
#pragma once

#include <cstdint>
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

// What the policy would say to each workload if it came anew; in Audit too.
[[nodiscard]] crds::ScanPolicyStatus policy_status(const crds::ScanPolicy& policy,
                                                   const std::vector<RunningWorkload>& workloads,
                                                   const policy::ExceptionIndex& exceptions, base::SystemTime now);

// Rows that the exception covers, and distinct workloads that these name.
struct ExceptionMatches {
  std::int64_t findings = 0;
  std::int64_t workloads = 0;
};

[[nodiscard]] crds::FindingExceptionStatus exception_status(const crds::FindingException& exception,
                                                            const ExceptionMatches& matches,
                                                            const policy::ExceptionTerms& terms, base::SystemTime now);

}  // namespace pratique_operator::reconcilers

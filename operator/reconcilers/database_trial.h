// What an advisory database would change before it decides: the verdicts on what runs now.
#pragma once

#include <memory>
#include <stop_token>

#include "base/clock.h"
#include "crds/image_report.h"
#include "crds/vulnerability_database.h"
#include "operator/reconcilers/running_workloads.h"
#include "scanner/advisories/database.h"

namespace pratique_operator::reconcilers {

// Borrowed.
struct TrialGround {
  RunningView running;
  const kubernetes::Store<crds::ImageReport>& reports;
};

// Matches the inventories of what runs with `candidate`, and decides on every running workload as today's policies
// would: by the reports there are, and by those that the candidate would make. Writes nothing and asks no registry.
// Throws base::NetworkError when it is asked to stop, base::ParseError for a stored report that cannot be read.
[[nodiscard]] crds::DatabaseTrial try_database(const TrialGround& ground,
                                               const std::shared_ptr<const scanner::advisories::Database>& candidate,
                                               base::SystemTime now, const std::stop_token& stop);

// Whether more workloads than that would be denied anew; `percent` is of those that run.
[[nodiscard]] bool exceeds(const crds::DatabaseTrial& trial, std::int64_t percent);

}  // namespace pratique_operator::reconcilers

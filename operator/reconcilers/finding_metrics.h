// What the rows of all namespaces say together, as metrics: docs/metrics.md.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "net/metrics.h"
#include "operator/reconcilers/finding_rows.h"

namespace pratique_operator::reconcilers {

// Thread-safe: each namespace's pass reports its own.
class FindingMetrics {
 public:
  FindingMetrics(net::Metrics& metrics, base::SystemTime started);

  // The open rows of a namespace by severity: those that its images have, and those that stay as they were. The 200
  // namespaces with the most have a sample of their own, all others share one.
  void note_open(const std::string& ns, const std::vector<crds::Finding>& rows, const std::vector<KnownRow>& kept = {});
  // A row that was open has become Fixed.
  void note_fixed(const KnownRow& row, base::SystemTime now);
  // When a push or a person last asked for a scan (its status.rescanHandled), by the ImageScan's name.
  using Requests = std::map<std::string, std::string>;
  // The namespace's rows now say what the reports of these ImageScans say, which are all that have one: for each
  // request since the start, the time that this took counts once.
  void note_written(const std::string& ns, const Requests& requests, base::SystemTime now);

 private:
  using CountsBySeverity = std::array<std::int64_t, 5>;
  void publish(const std::map<std::string, CountsBySeverity>& counts);

  net::Metrics& metrics_;
  const base::SystemTime started_;
  base::Guarded<std::map<std::string, CountsBySeverity>> open_;  // by namespace
  // Those that were counted last, of each namespace.
  base::Guarded<std::map<std::string, Requests>> counted_;
};

}  // namespace pratique_operator::reconcilers

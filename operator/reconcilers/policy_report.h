// Findings in the form that tools of other projects read: one report for each namespace, as the PolicyReport of
// Kubernetes' policy working group (wgpolicyk8s.io/v1alpha2) or the Report of OpenReports (openreports.io/v1alpha1),
// which differ in their names alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/guarded.h"
#include "kubernetes/api_client.h"
#include "operator/reconcilers/finding_rows.h"

namespace pratique_operator::reconcilers {

// kRemoved: none, and those that were written before go.
enum class ReportFormat : std::uint8_t { kNone, kPolicyReport, kOpenReports, kRemoved };

// "none", "removed", "wgpolicyk8s.io", "openreports.io": the group. Throws base::ConfigError that lists them for any
// other.
[[nodiscard]] ReportFormat parse_report_format(std::string_view text);

// The name of the report in its namespace.
inline constexpr const char* kPolicyReportName = "pratique";
// Results of a report, the worst first; what is beyond is counted in its summary and in an annotation.
inline constexpr std::size_t kPolicyResultsMax = 1'000;
inline constexpr std::size_t kPolicyResultsBytesMax = std::size_t{800} << 10;  // an object of etcd has 1.5 MiB

// `format` is one of the two kinds.
[[nodiscard]] nlohmann::json policy_report_of(ReportFormat format, const std::string& ns, const DesiredRows& desired);

// Keeps the reports equal to the rows. Thread-safe for different namespaces. With kNone it does nothing, nor removes
// what an operator wrote before: it may have no right to (docs/installation.md).
class PolicyReports {
 public:
  // `api` outlives this.
  PolicyReports(ReportFormat format, kubernetes::ApiClient& api) : format_(format), api_(api) {}

  // Writes the namespace's report if it says something new, and removes that of a namespace without rows; the first
  // time also tries to remove one of the other format, which may have been chosen before. Throws kubernetes::ApiError
  // that asks whether the kind is installed.
  void update(const std::string& ns, const DesiredRows& desired);

 private:
  void remove_all(const std::string& ns);
  void write(ReportFormat format, const std::string& ns, const nlohmann::json& report);

  ReportFormat format_;
  kubernetes::ApiClient& api_;
  base::Guarded<std::map<std::string, std::string>> written_;  // by namespace: the digest of what is there
};

}  // namespace pratique_operator::reconcilers

#include "operator/reconcilers/rule_status_reconciler.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <tuple>

#include "base/failpoint.h"
#include "operator/failpoints.h"
#include "operator/reconcilers/field_owner.h"
#include "operator/reconcilers/report_building.h"

namespace pratique_operator::reconcilers {
namespace {

using crds::FindingException;
using crds::ScanPolicy;
using kubernetes::ObjectKey;

constexpr std::chrono::seconds kPeriod{60};

}  // namespace

controller::Result RuleStatusReconciler::reconcile(const ObjectKey& /*key*/, std::stop_token /*stop*/) {
  write_policies();
  write_exceptions();
  return {.requeue_after = kPeriod};
}

std::optional<PlatformResult> RuleStatusReconciler::result_of(const crds::ScannedPlatform& platform) const {
  const auto report = with_.reports.get({.ns = {}, .name = platform.report});
  return report ? std::optional(platform_result(*report)) : std::nullopt;
}

void RuleStatusReconciler::write_policies() {
  JudgedImages images;
  const std::vector<RunningWorkload> workloads = running_workloads(
      with_.running, [this](const crds::ScannedPlatform& platform) { return result_of(platform); }, images);
  const auto book = with_.running.judges.book();
  const base::SystemTime now = with_.clock.system_now();
  for (const auto* store : {&with_.running.judges.stores().cluster_policies, &with_.running.judges.stores().policies}) {
    for (const auto& [key, policy] : store->list()) {
      crds::ScanPolicyStatus status = policy_status(*policy, workloads, book->exceptions, now);
      if (status == policy->status) {
        continue;
      }
      // The replicas of the webhook own their entries.
      status.replicas.clear();
      const kubernetes::ResourceType& type = policy->cluster_wide() ? crds::kClusterScanPolicy : crds::kScanPolicy;
      nlohmann::json object = {{"apiVersion", type.api_version()},
                               {"kind", type.kind},
                               {"metadata", {{"name", key.name}}},
                               {"status", status}};
      if (!key.ns.empty()) {
        object["metadata"]["namespace"] = key.ns;
      }
      with_.api.apply(type, object, {.field_manager = kFieldOwner, .subresource = "status"});
      base::failpoint(kPolicyTold);
    }
  }
}

void RuleStatusReconciler::write_exceptions() {
  std::map<std::string, ExceptionMatches> matches;  // by namespace (empty for the cluster's) and title
  std::set<std::tuple<std::string, std::string, std::string, std::string>> workloads;
  with_.rows.for_each([&](const ObjectKey& key, const KnownRow& row) {
    if (row.exception.empty()) {
      return;
    }
    const std::string scope = row.exception.starts_with("Cluster") ? "" : key.ns;
    ExceptionMatches& match = matches[scope + "/" + row.exception];
    ++match.findings;
    for (const crds::FindingWorkload& workload : row.workloads) {
      match.workloads += workloads.insert({key.ns, row.exception, workload.kind, workload.name}).second ? 1 : 0;
    }
  });
  const base::SystemTime now = with_.clock.system_now();
  for (const auto* store :
       {&with_.running.judges.stores().cluster_exceptions, &with_.running.judges.stores().exceptions}) {
    for (const auto& [key, exception] : store->list()) {
      const crds::FindingExceptionStatus status = exception_status(
          *exception, matches[key.ns + "/" + exception->title()], with_.running.judges.terms_of(key.ns), now);
      if (status == exception->status) {
        continue;
      }
      FindingException next = *exception;
      next.status = status;
      with_.api.replace(exception->cluster_wide() ? crds::kClusterFindingException : crds::kFindingException, next,
                        "status");
      base::failpoint(kExceptionTold);
    }
  }
}

}  // namespace pratique_operator::reconcilers

#include "operator/reconcilers/rule_status_reconciler.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <tuple>

#include "base/error.h"
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
constexpr int kRestsForEach = 9;  // so long as it has worked

void end_if(const std::stop_token& stop) {
  if (stop.stop_requested()) throw base::NetworkError("statuses of policies: stopped");
}

// At its end, by an error, too: what failed is not begun anew at once.
class Resting {
 public:
  Resting(const base::Clock& clock, base::SteadyTime began, base::SteadyTime& until)
      : clock_(clock), began_(began), until_(until) {}
  ~Resting() {
    const base::SteadyTime ended = clock_.steady_now();
    until_ = ended + kRestsForEach * (ended - began_);
  }
  Resting(const Resting&) = delete;
  Resting& operator=(const Resting&) = delete;

 private:
  const base::Clock& clock_;
  base::SteadyTime began_;
  base::SteadyTime& until_;
};

}  // namespace

controller::Result RuleStatusReconciler::reconcile(const ObjectKey& /*key*/, std::stop_token stop) {
  const base::SteadyTime began = with_.clock.steady_now();
  if (began < rests_until_) {
    return {.requeue_after = std::chrono::ceil<std::chrono::milliseconds>(rests_until_ - began)};
  }
  {
    const Resting resting(with_.clock, began, rests_until_);
    write_policies(stop);
    write_exceptions(stop);
  }
  const auto rest = std::chrono::ceil<std::chrono::milliseconds>(rests_until_ - with_.clock.steady_now());
  return {.requeue_after = std::max<std::chrono::milliseconds>(kPeriod, rest)};
}

std::optional<PlatformResult> RuleStatusReconciler::result_of(const crds::ScannedPlatform& platform) const {
  const auto report = with_.reports.get({.ns = {}, .name = platform.report});
  return report ? std::optional(platform_result(*report)) : std::nullopt;
}

RuleStatusReconciler::Policies RuleStatusReconciler::list_policies() const {
  Policies policies;
  for (const auto* store : {&with_.running.judges.stores().cluster_policies, &with_.running.judges.stores().policies}) {
    for (const auto& [key, policy] : store->list()) {
      policies.by_namespace[key.ns].push_back(policies.all.size());
      policies.all.push_back(policy);
    }
  }
  return policies;
}

// A namespace at a time: an ImageScan belongs to one, and with it what is unpacked for it.
RuleStatusReconciler::Tallies RuleStatusReconciler::replay(const Policies& policies, base::SystemTime now,
                                                           const std::stop_token& stop) const {
  std::map<std::string, std::vector<std::shared_ptr<const WorkloadImages>>> by_namespace;
  for (const auto& workload : with_.running.workloads()) by_namespace[workload->ns].push_back(workload);
  const auto result = [&](const crds::ScannedPlatform& platform) {
    end_if(stop);
    return result_of(platform);
  };
  const auto rules = with_.running.judges.book();
  const auto places_of = [&](const std::string& ns) {
    const auto found = policies.by_namespace.find(ns);
    return found == policies.by_namespace.end() ? std::vector<std::size_t>() : found->second;
  };
  std::map<std::size_t, policy::RuleBook> of_cluster;
  for (const std::size_t place : places_of("")) {
    of_cluster.emplace(place, book_of(*policies.all[place], rules->exceptions));
  }
  Tallies tallies{.of_policies = std::vector<PolicyTally>(policies.all.size()), .known = {}};
  for (const auto& of_namespace : by_namespace) {
    JudgedImages images;
    RunningView view = with_.running;
    view.workloads = [&of_namespace] { return of_namespace.second; };
    const std::vector<RunningWorkload> workloads = running_workloads(view, result, images);
    add_workloads(tallies.known, workloads);
    for (const auto& [place, book] : of_cluster) add_workloads(tallies.of_policies[place], book, workloads, now);
    for (const std::size_t place : places_of(of_namespace.first)) {
      add_workloads(tallies.of_policies[place], book_of(*policies.all[place], rules->exceptions), workloads, now);
    }
  }
  return tallies;
}

void RuleStatusReconciler::write_policies(const std::stop_token& stop) {
  const base::SystemTime now = with_.clock.system_now();
  const Policies known = list_policies();
  const Tallies tallies = replay(known, now, stop);
  for (std::size_t place = 0; place < known.all.size(); ++place) {
    end_if(stop);
    const crds::ScanPolicy& policy = *known.all[place];
    crds::ScanPolicyStatus status = policy_status(policy, tallies.of_policies[place], tallies.known, now);
    if (status != policy.status) write_status(policy, std::move(status));
  }
}

void RuleStatusReconciler::write_status(const ScanPolicy& policy, crds::ScanPolicyStatus status) {
  // The replicas of the webhook own their entries.
  status.replicas.clear();
  const kubernetes::ResourceType& type = policy.cluster_wide() ? crds::kClusterScanPolicy : crds::kScanPolicy;
  nlohmann::json object = {{"apiVersion", type.api_version()},
                           {"kind", type.kind},
                           {"metadata", {{"name", policy.metadata.name}}},
                           {"status", status}};
  if (!policy.metadata.ns.empty()) object["metadata"]["namespace"] = policy.metadata.ns;
  with_.api.apply(type, object, {.field_manager = kFieldOwner, .subresource = "status"});
  base::failpoint(kPolicyTold);
}

void RuleStatusReconciler::write_exceptions(const std::stop_token& stop) {
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
      end_if(stop);
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

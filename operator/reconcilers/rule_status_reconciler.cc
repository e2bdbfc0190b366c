#include "operator/reconcilers/rule_status_reconciler.h"

#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

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

std::unique_ptr<JudgedImage> RuleStatusReconciler::judged(const crds::ImageScan& scan) const {
  std::vector<PlatformResult> platforms;
  for (const crds::ScannedPlatform& platform : scan.status.platforms) {
    if (const auto report = with_.reports.get({.ns = {}, .name = platform.report})) {
      platforms.push_back(platform_result(*report));
    }
  }
  return std::make_unique<JudgedImage>(scan, platforms);
}

// Workloads that people made; the pods of a Deployment are judged as the Deployment. One with an image that has no
// ImageScan yet is left for the next time.
std::vector<RunningWorkload> RuleStatusReconciler::running(JudgedImages& images) const {
  std::vector<RunningWorkload> workloads;
  for (const auto& workload : with_.workloads()) {
    RunningWorkload running{.subject = with_.judges.subject_of(workload->ns), .images = {}};
    running.subject.labels = workload->labels;
    running.first_seen = with_.judges.first_seen_in(workload->ns);
    bool known = workload->own && workload->in_use;
    for (const ContainerImage& image : workload->images) {
      const std::optional<ObjectKey> key = with_.uses.image_scan_of({.ns = workload->ns, .name = image.image});
      const auto scan = key ? with_.scans.get(*key) : nullptr;
      known = known && scan;
      if (!known) {
        break;
      }
      std::unique_ptr<JudgedImage>& place = images[*key];
      if (!place) {
        place = judged(*scan);
      }
      running.images.push_back(place->image);
    }
    if (known) {
      workloads.push_back(std::move(running));
    }
  }
  return workloads;
}

void RuleStatusReconciler::write_policies() {
  JudgedImages images;
  const std::vector<RunningWorkload> workloads = running(images);
  const auto book = with_.judges.book();
  const base::SystemTime now = with_.clock.system_now();
  for (const auto* store : {&with_.judges.stores().cluster_policies, &with_.judges.stores().policies}) {
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
  for (const auto* store : {&with_.judges.stores().cluster_exceptions, &with_.judges.stores().exceptions}) {
    for (const auto& [key, exception] : store->list()) {
      const crds::FindingExceptionStatus status =
          exception_status(*exception, matches[key.ns + "/" + exception->title()], with_.judges.terms_of(key.ns), now);
      if (status == exception->status) {
        continue;
      }
      FindingException next = *exception;
      next.status = status;
      with_.api.replace(exception->cluster_wide() ? crds::kClusterFindingException : crds::kFindingException, next,
                        "status");
    }
  }
}

}  // namespace pratique_operator::reconcilers

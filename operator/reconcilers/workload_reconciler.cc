#include "operator/reconcilers/workload_reconciler.h"

#include <nlohmann/json.hpp>

#include "base/failpoint.h"
#include "base/image_reference.h"
#include "crds/object_names.h"
#include "kubernetes/apply.h"
#include "operator/failpoints.h"

namespace pratique_operator::reconcilers {

nlohmann::json scan_for_workloads(const std::string& ns, const base::ImageReference& reference,
                                  const std::vector<std::string>& pull_secrets) {
  nlohmann::json scan = {{"apiVersion", crds::kImageScan.api_version()},
                         {"kind", crds::kImageScan.kind},
                         {"metadata",
                          {{"name", crds::image_scan_name(reference)},
                           {"namespace", ns},
                           {"labels",
                            {{std::string(crds::kManagedByLabel), std::string(crds::kManagedByPratique)},
                             {kMadeForWorkloadLabel, "true"}}}}},
                         {"spec", {{"image", reference.text()}}}};
  if (!pull_secrets.empty()) {
    scan["spec"]["pullSecrets"] = pull_secrets;
  }
  return scan;
}

controller::Result WorkloadReconciler::reconcile(const kubernetes::ObjectKey& key, std::stop_token /*stop*/) {
  if (!uses_.in_use(key)) {
    return {};
  }
  const base::ImageReference reference = base::parse_image_reference(key.name);
  nlohmann::json scan = scan_for_workloads(key.ns, reference, uses_.pull_secrets(key, account_secrets_));
  const kubernetes::ObjectKey stored_key = kubernetes::key_of(scan);
  const auto stored = scans_.get(stored_key);
  // What discovery found waits behind everything; what runs does not. No other priority is said, so that one that
  // admission has given stays.
  if (stored && stored->spec.priority == crds::ScanPriority::kBackground) scan["spec"]["priority"] = "Normal";
  // Secrets that were needed and are no more have to go.
  scan["spec"].emplace("pullSecrets", nullptr);
  kubernetes::apply_if_changed(api_, crds::kImageScan, stored, scan,
                               {.field_manager = kWorkloadFieldOwner, .subresource = {}});
  base::failpoint(kWorkloadScanAsked);
  return {};
}

}  // namespace pratique_operator::reconcilers

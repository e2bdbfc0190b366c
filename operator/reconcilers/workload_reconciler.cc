#include "operator/reconcilers/workload_reconciler.h"

#include <nlohmann/json.hpp>

#include "base/image_reference.h"
#include "crds/image_scan.h"
#include "crds/object_names.h"

namespace pratique_operator::reconcilers {

namespace {
// Not the operator's other name: what one manager leaves out of an apply is taken away, and an event's annotation on
// the same ImageScan must stay.
constexpr const char* kWorkloadFieldOwner = "pratique-workloads";
}  // namespace

controller::Result WorkloadReconciler::reconcile(const kubernetes::ObjectKey& key, std::stop_token /*stop*/) {
  if (!uses_.in_use(key)) {
    return {};
  }
  const base::ImageReference reference = base::parse_image_reference(key.name);
  uses_.learn(key, reference.text(), crds::image_scan_name(reference));
  nlohmann::json scan = {{"apiVersion", crds::kImageScan.api_version()},
                         {"kind", crds::kImageScan.kind},
                         {"metadata",
                          {{"name", crds::image_scan_name(reference)},
                           {"namespace", key.ns},
                           {"labels",
                            {{std::string(crds::kManagedByLabel), std::string(crds::kManagedByPratique)},
                             {kMadeForWorkloadLabel, "true"}}}}},
                         {"spec", {{"image", reference.text()}}}};
  const std::vector<std::string> secrets = uses_.pull_secrets(key, account_secrets_);
  if (!secrets.empty()) {
    scan["spec"]["pullSecrets"] = secrets;
  }
  api_.apply(crds::kImageScan, scan, {.field_manager = kWorkloadFieldOwner, .subresource = {}});
  return {};
}

}  // namespace pratique_operator::reconcilers

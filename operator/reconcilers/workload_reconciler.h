// Images in use: each gets an ImageScan in the namespace that uses it, whether or not somebody pushed or asked.
#pragma once

#include "crds/image_scan.h"
#include "kubernetes/api_client.h"
#include "kubernetes/store.h"
#include "operator/controller/reconciler.h"
#include "operator/reconcilers/image_uses.h"

namespace pratique_operator::reconcilers {

// Labels that tell who made an ImageScan, and so when it is collected. Both may be there; the longer stay counts.
inline constexpr const char* kMadeForWorkloadLabel = "pratique.dev/made-for-workload";
inline constexpr const char* kMadeForEventLabel = "pratique.dev/made-for-event";

// The ImageScan that is applied for an image in use, by the field owner kWorkloadFieldOwner.
[[nodiscard]] nlohmann::json scan_for_workloads(const std::string& ns, const base::ImageReference& reference,
                                                const std::vector<std::string>& pull_secrets);

// Not the operator's other name: what one manager leaves out of an apply is taken away, and an event's annotation on
// the same ImageScan must stay.
inline constexpr const char* kWorkloadFieldOwner = "pratique-workloads";

// The key is a WrittenImage. An image string that is no reference fails with the reason, and only that one. Nothing is
// written where `scans` shows the ImageScan as it has to be: one that is deleted is a reason to look again.
class WorkloadReconciler final : public controller::Reconciler {
 public:
  // Borrows all but the function.
  WorkloadReconciler(const ImageUses& uses, ImageUses::AccountSecrets account_secrets,
                     const kubernetes::Store<crds::ImageScan>& scans, kubernetes::ApiClient& api)
      : uses_(uses), account_secrets_(std::move(account_secrets)), scans_(scans), api_(api) {}
  [[nodiscard]] controller::Result reconcile(const kubernetes::ObjectKey& key, std::stop_token stop) override;

 private:
  const ImageUses& uses_;
  ImageUses::AccountSecrets account_secrets_;
  const kubernetes::Store<crds::ImageScan>& scans_;
  kubernetes::ApiClient& api_;
};

}  // namespace pratique_operator::reconcilers

// Asks ImageScans to resolve their reference anew: because a tag may mean another image now, or none.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/clock.h"
#include "crds/image_scan.h"
#include "kubernetes/api_client.h"
#include "kubernetes/store.h"
#include "operator/controller/reconciler.h"

namespace pratique_operator::reconcilers {

// The annotations of an ImageScan that ask for it. Two requests in one second differ.
[[nodiscard]] nlohmann::json resolution_request(base::SystemTime now);

// Throws kubernetes::ApiError and base::NetworkError where it could not be asked.
void ask_for_resolution(kubernetes::ApiClient& api, const kubernetes::ObjectKey& scan, base::SystemTime now);

// Asks the ImageScan of the key: for the queue of those that could not be asked at once. Each replica has one, because
// each answers events. The queue holds a key once, and none but those of ImageScans that were there, which bounds it.
// What a replica has not asked when it ends is left to the ImageScans' own schedules and to discovery.
class ResolutionRequestReconciler final : public controller::Reconciler {
 public:
  // Borrows all three.
  ResolutionRequestReconciler(const kubernetes::Store<crds::ImageScan>& scans, kubernetes::ApiClient& api,
                              const base::Clock& clock)
      : scans_(scans), api_(api), clock_(clock) {}

  [[nodiscard]] controller::Result reconcile(const kubernetes::ObjectKey& key, std::stop_token stop) override;

 private:
  const kubernetes::Store<crds::ImageScan>& scans_;
  kubernetes::ApiClient& api_;
  const base::Clock& clock_;
};

}  // namespace pratique_operator::reconcilers

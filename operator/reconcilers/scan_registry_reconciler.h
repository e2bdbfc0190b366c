// ScanRegistry: whether its server answers and takes the credentials, and how many of its images are known and scanned.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/guarded.h"
#include "crds/image_scan.h"
#include "crds/scan_registry.h"
#include "kubernetes/api_client.h"
#include "kubernetes/event_recorder.h"
#include "kubernetes/store.h"
#include "operator/controller/reconciler.h"
#include "operator/reconcilers/registry_conditions.h"
#include "operator/reconcilers/registry_pauses.h"
#include "operator/reconcilers/registry_resolver.h"
#include "operator/reconcilers/registry_usage.h"

namespace pratique_operator::reconcilers {

// Asks a registry every five minutes (a minute after a failure) and when its object changed; called more often it only
// counts again. One that has answered 429 is not asked again until it may be.
class ScanRegistryReconciler final : public controller::Reconciler {
 public:
  struct Surroundings {  // borrowed
    const kubernetes::Store<crds::ScanRegistry>& registries;
    const kubernetes::Store<crds::ImageScan>& scans;
    ProviderCredential provider_credential;
    // Of the server: AttestationReconciler::standing().
    std::function<std::optional<std::string>(const std::string& server)> last_attestation;
    kubernetes::ApiClient& api;
    const base::Clock& clock;
    kubernetes::EventSink& events;
    const RegistryPauses& pauses;
    const ScanMeter& meter;
  };
  explicit ScanRegistryReconciler(Surroundings surroundings)
      : with_(std::move(surroundings)), counts_(with_.scans, with_.clock), totals_(with_.meter) {}

  [[nodiscard]] controller::Result reconcile(const kubernetes::ObjectKey& key, std::stop_token stop) override;
  // For ControllerSettings::on_error.
  void report_failure(const kubernetes::ObjectKey& key, const base::Error& error);

 private:
  // What the registry last answered, and to which version of the object.
  struct Answer {
    std::int64_t generation = 0;
    base::SteadyTime at;
    RegistryConditions said;
  };

  [[nodiscard]] std::optional<Answer> recent_answer(const crds::ScanRegistry& registry) const;
  Answer remember(const crds::ScanRegistry& registry, const RegistryConditions& said);
  [[nodiscard]] std::vector<kubernetes::Condition> own_conditions(const crds::ScanRegistry& registry,
                                                                  const RegistryConditions& said) const;
  void write_status(const crds::ScanRegistry& registry, const RegistryConditions& said);

  Surroundings with_;
  UsageCounts counts_;
  UsageTotals totals_;
  base::Guarded<std::map<kubernetes::ObjectKey, Answer>> answers_;
};

}  // namespace pratique_operator::reconcilers

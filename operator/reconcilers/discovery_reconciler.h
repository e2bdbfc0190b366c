// Walks through the registries whose ScanRegistry has spec.discovery, each as often as its interval says: what was
// pushed while nobody listened is found. Condition Discovered and lastDiscovery.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/guarded.h"
#include "kubernetes/event_recorder.h"
#include "operator/controller/reconciler.h"
#include "operator/reconcilers/discovery_round.h"
#include "operator/reconcilers/registry_pauses.h"
#include "operator/reconcilers/registry_resolver.h"
#include "operator/reconcilers/registry_settings.h"
#include "registry/token_auth.h"

namespace pratique_operator::reconcilers {

// A walk that an error broke off goes on where it was, and one that takes long makes way for others in between.
// Thread-safe; one key by one worker at a time.
class DiscoveryReconciler final : public controller::Reconciler {
 public:
  struct Surroundings {  // borrowed
    const kubernetes::Store<crds::ScanRegistry>& registries;
    std::function<ScanRegistries()> all_registries;
    ProviderCredential provider_credential;
    const kubernetes::Store<crds::ImageScan>& scans;
    const ScanIndex& index;
    kubernetes::ApiClient& api;
    const base::Clock& clock;
    kubernetes::EventSink& events;
    RegistryPauses& pauses;
  };
  explicit DiscoveryReconciler(Surroundings surroundings)
      : with_(std::move(surroundings)), tokens_(std::make_shared<registry::TokenCache>()) {}

  [[nodiscard]] controller::Result reconcile(const kubernetes::ObjectKey& key, std::stop_token stop) override;
  // For ControllerSettings::on_error.
  void report_failure(const kubernetes::ObjectKey& key, const base::Error& error);

 private:
  [[nodiscard]] std::chrono::seconds time_left(base::SystemTime began, const crds::Discovery& discovery) const;
  [[nodiscard]] std::chrono::seconds due_in(const crds::ScanRegistry& registry) const;
  std::shared_ptr<DiscoveryRound> round_of(const std::shared_ptr<const crds::ScanRegistry>& registry);
  [[nodiscard]] registry::ListingSettings listing_of(const crds::ScanRegistry& registry, const std::stop_token& stop);
  void write_status(const crds::ScanRegistry& registry, kubernetes::Condition condition, nlohmann::json fields);

  Surroundings with_;
  std::shared_ptr<registry::TokenCache> tokens_;
  BuildDates dates_;
  base::Guarded<std::map<kubernetes::ObjectKey, std::shared_ptr<DiscoveryRound>>> rounds_;  // under way, or broken off
};

}  // namespace pratique_operator::reconcilers

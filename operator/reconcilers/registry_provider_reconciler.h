// Keeps a ScanRegistry for each registry of a RegistryProvider's account, and ends those whose registry has gone: those
// of a list that lacks most of them only once it is believed (list_doubts.h). One that is suspended covers nothing.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crds/registry_provider.h"
#include "kubernetes/api_client.h"
#include "kubernetes/event_recorder.h"
#include "kubernetes/store.h"
#include "operator/controller/reconciler.h"
#include "operator/reconcilers/list_doubts.h"
#include "operator/reconcilers/provider_accounts.h"

namespace pratique_operator::reconcilers {

// The ScanRegistry that the provider gives a registry, without a status. Pure.
[[nodiscard]] crds::ScanRegistry provided_registry(const crds::RegistryProvider& provider,
                                                   const clouds::FoundRegistry& found);

// One worker. The ScanRegistries have the provider as their owner, so that Kubernetes removes them with it.
class RegistryProviderReconciler final : public controller::Reconciler {
 public:
  struct Surroundings {  // borrowed
    const kubernetes::Store<crds::RegistryProvider>& providers;
    const kubernetes::Store<crds::ScanRegistry>& registries;
    ProviderAccounts& accounts;
    kubernetes::ApiClient& api;
    const base::Clock& clock;
    kubernetes::EventSink& events;
  };
  explicit RegistryProviderReconciler(Surroundings surroundings) : with_(surroundings) {}

  [[nodiscard]] controller::Result reconcile(const kubernetes::ObjectKey& key, std::stop_token stop) override;
  // For ControllerSettings::on_error.
  void report_failure(const kubernetes::ObjectKey& key, const base::Error& error);

 private:
  struct Kept {
    std::size_t registries = 0;
    std::vector<std::string> taken;  // names that somebody else's ScanRegistry has
    std::optional<ListGap> held;     // what is covered although the list lacks it
  };
  [[nodiscard]] static kubernetes::Condition listed_as(const crds::RegistryProvider& provider, const Kept& kept);
  Kept keep(const crds::RegistryProvider& provider, const std::vector<clouds::FoundRegistry>& found);
  void end_covering(const crds::RegistryProvider& provider);
  void let_go(const crds::RegistryProvider& provider, const std::set<kubernetes::ObjectKey>& wanted, Kept& kept);
  void write_status(const crds::RegistryProvider& provider, const std::vector<kubernetes::Condition>& own,
                    nlohmann::json fields);

  Surroundings with_;
  ListDoubts doubts_;
};

}  // namespace pratique_operator::reconcilers

// The accounts of all RegistryProviders: who asks for them, and the passes to their registries for as long as they
// live.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "crds/registry_provider.h"
#include "kubernetes/api_client.h"
#include "kubernetes/store.h"
#include "operator/clouds/cloud_account.h"

namespace pratique_operator::reconcilers {

// Thread-safe; what is asked of one account waits for the answer before.
class ProviderAccounts {
 public:
  struct Surroundings {  // borrowed
    const kubernetes::Store<crds::RegistryProvider>& providers;
    kubernetes::ApiClient& api;
    const base::Clock& clock;
    std::string operator_namespace;  // of service accounts and Secrets
  };
  explicit ProviderAccounts(Surroundings surroundings) : with_(std::move(surroundings)) {}

  // Both throw what CloudAccount throws, kubernetes::ApiError where the token or the Secret may not be had, and
  // base::ConfigError where there is no such provider or Secret.
  [[nodiscard]] std::vector<clouds::FoundRegistry> list(const crds::RegistryProvider& provider,
                                                        const std::stop_token& stop);
  // What lets one pull from the server now.
  [[nodiscard]] registry::Credential credential(const std::string& provider, const std::string& server,
                                                const std::stop_token& stop);

 private:
  // Secrets change; so long an account goes on with what it has read.
  static constexpr std::chrono::minutes kAccountAge{5};
  // A pass is renewed so long before it ends that a scan that begins with it can end with it.
  static constexpr std::chrono::minutes kPassMargin{10};

  struct Account {
    std::mutex mutex;  // of what follows
    crds::RegistryProviderSpec spec;
    std::unique_ptr<clouds::CloudAccount> account;
    base::SteadyTime made_at;
    std::map<std::string, clouds::Pass> passes;  // by server
  };

  std::shared_ptr<Account> account_of(const std::string& name);
  clouds::CloudAccount& open(Account& account, const crds::RegistryProviderSpec& spec);
  [[nodiscard]] clouds::Identity identity_of(const crds::ProviderIdentity& identity);

  Surroundings with_;
  base::Guarded<std::map<std::string, std::shared_ptr<Account>>> accounts_;  // by RegistryProvider
};

}  // namespace pratique_operator::reconcilers

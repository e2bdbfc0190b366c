// The resolver that asks real registries, with credentials from the Secrets of the asking namespace.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "kubernetes/api_client.h"
#include "operator/reconcilers/image_resolver.h"
#include "operator/reconcilers/registry_settings.h"
#include "registry/credentials.h"
#include "registry/token_auth.h"

namespace pratique_operator::reconcilers {

class RegistryResolver final : public ImageResolver {
 public:
  // Borrows `api` and `clock`. `registries` answers all ScanRegistries of now.
  RegistryResolver(kubernetes::ApiClient& api, const base::Clock& clock, std::function<ScanRegistries()> registries);

  [[nodiscard]] ResolvedReference resolve(const ResolveRequest& request, std::stop_token stop) override;

 private:
  kubernetes::ApiClient& api_;
  const base::Clock& clock_;
  std::function<ScanRegistries()> registries_;
  std::shared_ptr<registry::TokenCache> tokens_;
};

// The credentials of a pull Secret. Throws base::ConfigError where it is missing, of another type or malformed, and
// kubernetes::ApiError where it may not be read.
[[nodiscard]] registry::Keyring read_keyring(kubernetes::ApiClient& api, const kubernetes::ObjectKey& secret);

// The keyring of a Secret of type kubernetes.io/dockerconfigjson or kubernetes.io/dockercfg. Throws base::ConfigError
// for any other and for malformed content, which it never quotes.
[[nodiscard]] registry::Keyring keyring_of(const nlohmann::json& secret, const kubernetes::ObjectKey& key);

}  // namespace pratique_operator::reconcilers

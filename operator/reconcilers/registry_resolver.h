// The resolver that asks real registries, with credentials from the Secrets of the asking namespace.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "kubernetes/api_client.h"
#include "operator/credential_plugins/credential_plugins.h"
#include "operator/reconcilers/image_resolver.h"
#include "operator/reconcilers/registry_pauses.h"
#include "operator/reconcilers/registry_settings.h"
#include "registry/credentials.h"
#include "registry/known_platforms.h"
#include "registry/token_auth.h"

namespace pratique_operator::reconcilers {

// What lets one pull from a server by a RegistryProvider's account. Throws base::Error.
using ProviderCredential = std::function<registry::Credential(const std::string& provider, const std::string& server,
                                                              const std::stop_token& stop)>;

// Whose credentials may be shown to a registry.
struct Askers {
  std::string host;                       // of the registry, as in references
  std::string ns;                         // that asks; of the pull secrets
  std::vector<std::string> pull_secrets;  // of whoever asks, before those of the settings
};
// All that the settings and the asker have. Throws what read_keyring() and `provider_credential` throw.
[[nodiscard]] registry::Keyring keyring_for(const Askers& askers, const RegistrySettings& settings,
                                            kubernetes::ApiClient& api, const ProviderCredential& provider_credential,
                                            const std::stop_token& stop);

class RegistryResolver final : public ImageResolver {
 public:
  // Borrows `api`, `clock`, and `plugins` and `pauses`, which may be null. `registries` answers all ScanRegistries of
  // now.
  RegistryResolver(kubernetes::ApiClient& api, const base::Clock& clock, std::function<ScanRegistries()> registries,
                   ProviderCredential provider_credential, credential_plugins::CredentialPlugins* plugins = nullptr,
                   RegistryPauses* pauses = nullptr);

  [[nodiscard]] ResolvedReference resolve(const ResolveRequest& request, std::stop_token stop) override;
  [[nodiscard]] bool still_means(const ResolveRequest& request, const base::Digest& digest,
                                 std::stop_token stop) override;
  void avoid(const base::ImageReference& source) override;
  [[nodiscard]] std::optional<std::chrono::milliseconds> rest_of(const ResolveRequest& request,
                                                                 std::string_view who) override;
  void note_throttled(const base::ImageReference& source, std::optional<std::chrono::seconds> retry_after) override;

 private:
  struct Access;

  [[nodiscard]] Access access_for(const ResolveRequest& request, const std::stop_token& stop);
  [[nodiscard]] std::vector<crds::RegistryMirror> mirrors_of(const ResolveRequest& request) const;
  [[nodiscard]] bool is_avoided(const base::ImageReference& source);
  // What `ask` finds in the mirror; nullopt: it has not got it, or is passed over.
  template <typename Ask>
  [[nodiscard]] auto ask_mirror(ResolveRequest request, const crds::RegistryMirror& mirror, const std::stop_token& stop,
                                Ask&& ask);
  // What it means there; nullopt: that is not known without resolve_with().
  [[nodiscard]] std::optional<base::Digest> digest_by(Access access, const std::stop_token& stop);
  [[nodiscard]] std::optional<base::Digest> digest_in(const crds::RegistryMirror& mirror, const ResolveRequest& request,
                                                      const std::stop_token& stop);
  [[nodiscard]] std::optional<ResolvedReference> resolve_in(const crds::RegistryMirror& mirror,
                                                            const ResolveRequest& request, const std::stop_token& stop);
  [[nodiscard]] ResolvedReference resolve_with(const ResolveRequest& request, Access access,
                                               const std::stop_token& stop);
  // Of what names a digest: the first that serves it.
  [[nodiscard]] ResolvedReference pull(const ResolveRequest& request, const std::stop_token& stop);

  kubernetes::ApiClient& api_;
  const base::Clock& clock_;
  std::function<ScanRegistries()> registries_;
  ProviderCredential provider_credential_;
  credential_plugins::CredentialPlugins* plugins_;  // null: none
  RegistryPauses* pauses_;                          // null: no registry is left alone
  std::shared_ptr<registry::TokenCache> tokens_;
  const std::shared_ptr<registry::KnownPlatforms> platforms_ = std::make_shared<registry::PlatformMemory>();
  base::Guarded<std::map<std::string, base::SteadyTime>> avoided_until_;  // by "host/repository" of a mirror
};

// The credentials of a pull Secret. Throws base::ConfigError where it is missing, of another type or malformed, and
// kubernetes::ApiError where it may not be read.
[[nodiscard]] registry::Keyring read_keyring(kubernetes::ApiClient& api, const kubernetes::ObjectKey& secret);

// The keyring of a Secret of type kubernetes.io/dockerconfigjson or kubernetes.io/dockercfg. Throws base::ConfigError
// for any other and for malformed content, which it never quotes.
[[nodiscard]] registry::Keyring keyring_of(const nlohmann::json& secret, const kubernetes::ObjectKey& key);

}  // namespace pratique_operator::reconcilers

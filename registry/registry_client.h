// An image in a registry, by the OCI distribution API over net::HttpClient.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/image_reference.h"
#include "net/http.h"
#include "net/http_client.h"
#include "net/url_policy.h"
#include "registry/credentials.h"
#include "registry/image_source.h"
#include "registry/known_platforms.h"
#include "registry/limits.h"
#include "registry/request_gate.h"
#include "registry/token_auth.h"

namespace registry {

struct RegistryClientSettings {
  base::ImageReference reference;
  std::vector<Credential> credentials{};  // tried in turn; then, or when there are none, anonymous
  // A value of the Authorization header for this repository, as pull_authorization() returns it; sent from the first
  // request on, to the registry alone. Empty: credentials are used when the registry asks for them.
  std::string authorization{};
  net::UrlPolicy policy{};
  std::string ca_bundle_pem{};  // empty: the system's
  Access access = Access::kPull;
  std::shared_ptr<TokenCache> tokens{};         // null: one of its own
  std::shared_ptr<KnownPlatforms> platforms{};  // null: each config that resolve() needs is fetched
  Pace pace{};
  RequestGate* gate = nullptr;  // of all requests, of those for tokens too; null: none. Borrowed
};

// `clock` must outlive the source. A request to the registry waits at most 30 s for a byte; one that is slower than
// `pace` is a base::NetworkError.
[[nodiscard]] std::unique_ptr<ImageSource> make_registry_source(RegistryClientSettings settings,
                                                                const base::Clock& clock);

// The value of the Authorization header with which this repository can be pulled from ("Bearer ...", for one
// repository and as long as the registry's tokens live, which is a new one's whole life; else "Basic ..."); empty where
// none is needed. Lets one program pull with what another program holds. Throws what ImageSource throws.
[[nodiscard]] std::string pull_authorization(RegistryClientSettings settings, const base::Clock& clock,
                                             std::stop_token stop);

// What the reference means now, by a HEAD, which registries do not count as a pull; nullopt where this one does not say
// it there. Who gets an answer may pull it. Throws what ImageSource throws.
[[nodiscard]] std::optional<base::Digest> find_digest(RegistryClientSettings settings, const base::Clock& clock,
                                                      std::stop_token stop);

// The registry's API root: Docker Hub's is registry-1.docker.io; http where the policy allows plain HTTP.
[[nodiscard]] net::Url registry_root(const base::ImageReference& reference, const net::UrlPolicy& policy);

}  // namespace registry

// An account in a cloud, or a Harbor, that holds registries: which there are, and how they let us pull. One .cc for
// each provider; each follows its published API.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "crds/registry_provider.h"
#include "net/http_client.h"
#include "registry/credentials.h"

namespace pratique_operator::clouds {

// The account did not let us in: its login, its token exchange, or a role that may not be assumed.
class LoginError : public base::Error {
 public:
  using Error::Error;
};

struct FoundRegistry {
  std::string server;                          // "shop.azurecr.io"
  std::vector<std::string> repositories = {};  // globs on those that belong to the account; empty: all
  bool operator==(const FoundRegistry&) const = default;
};

// What lets one pull from one registry, and until when.
struct Pass {
  registry::Credential credential;
  base::SystemTime expires_at;
};

// Who asks. Either may be empty: a service account has no Secret.
struct Identity {
  // A token of the service account for this audience. Throws base::Error.
  std::function<std::string(const std::string& audience)> token;
  std::map<std::string, std::string> secret;
};

struct AccountSettings {
  crds::RegistryProviderSpec spec;
  Identity identity;
};

// Not thread-safe. Every method asks the account's APIs, at most for some seconds each. Throws LoginError,
// base::HttpError (an API's refusal, told as the API tells it), base::NetworkError, base::ParseError and
// base::LimitExceeded.
class CloudAccount {
 public:
  virtual ~CloudAccount() = default;
  [[nodiscard]] virtual std::vector<FoundRegistry> list(const std::stop_token& stop) = 0;
  // Only for a server that is the provider's own by its name, or that list() answered: a credential of the account goes
  // nowhere else. Throws base::ConfigError for any other.
  [[nodiscard]] virtual Pass pass_for(const std::string& server, const std::stop_token& stop) = 0;
};

// Of what the spec names; `clock` must outlive it. Throws base::ConfigError where the spec names nothing.
[[nodiscard]] std::unique_ptr<CloudAccount> make_cloud_account(AccountSettings settings, const base::Clock& clock);

}  // namespace pratique_operator::clouds

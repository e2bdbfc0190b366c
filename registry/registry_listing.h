// What a registry holds: its repositories and their tags (OCI distribution specification, "Content Discovery";
// distribution's catalogue).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "net/url_policy.h"
#include "registry/credentials.h"
#include "registry/name_page.h"
#include "registry/request_gate.h"
#include "registry/token_auth.h"

namespace registry {

struct ListingSettings {
  std::string server;  // "host" or "host:port"
  Keyring keyring{};   // for each repository those that match it; for the catalogue those of the whole server
  net::UrlPolicy policy{};
  std::string ca_bundle_pem{};           // empty: the system's
  std::shared_ptr<TokenCache> tokens{};  // null: one of its own
  // Called before each request, to hold it back: a pace. What it throws ends the listing.
  std::function<void()> before_request{};
  RequestGate* gate = nullptr;  // as in RegistryClientSettings
};

// Names in the registry's order, those that are none left out.
struct Names {
  std::vector<std::string> names;
  bool complete = true;  // false: there are more than limits.h allows
};

// Throws base::HttpError (401, 403, 404, 429 with retry_after()), base::NetworkError, base::ParseError and
// base::LimitExceeded (a page). Not thread-safe.
class RegistryListing {
 public:
  // `clock` must outlive it.
  RegistryListing(ListingSettings settings, const base::Clock& clock);
  ~RegistryListing();

  [[nodiscard]] Names repositories(const std::stop_token& stop);
  // Empty where the repository has gone.
  [[nodiscard]] Names tags(const std::string& repository, const std::stop_token& stop);
  // By a HEAD, which costs no pull, where the registry says it there; nullopt: the tag has gone.
  [[nodiscard]] std::optional<base::Digest> digest_of(const std::string& repository, const std::string& tag,
                                                      const std::stop_token& stop);
  // When the image says that it was built, by its config; nullopt: it does not say. An index says it by its first
  // image.
  [[nodiscard]] std::optional<base::SystemTime> created_at(const std::string& repository, const base::Digest& digest,
                                                           const std::stop_token& stop);

 private:
  struct Session;
  Session& session_for(const std::string& repository);
  [[nodiscard]] Names pages(Session& session, const std::string& first_path, ListKind kind,
                            const std::stop_token& stop);

  ListingSettings settings_;
  const base::Clock& clock_;
  std::unique_ptr<Session> session_;  // of the repository that was asked for last
};

}  // namespace registry

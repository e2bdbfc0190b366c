// Registry authentication: the WWW-Authenticate challenge, Basic, and Docker's token protocol (distribution,
// docs/spec/auth/token.md).
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/guarded.h"
#include "net/http_client.h"
#include "net/url_policy.h"
#include "registry/credentials.h"

namespace registry {

struct Challenge {
  std::string scheme;                         // lower case: "bearer", "basic"
  std::map<std::string, std::string> values;  // names in lower case: realm, service, scope, error
  bool operator==(const Challenge&) const = default;
};

// Every challenge of the field (RFC 9110, 11.6.1); several fields arrive joined by commas. What cannot be read ends the
// list: a registry that sends nonsense gets no credentials. At most 16 challenges of 16 values.
[[nodiscard]] std::vector<Challenge> parse_www_authenticate(std::string_view field);

// A registry refused a request that lacked credentials which its realm was not trusted with. The reason
// "RealmNotTrusted" of conditions.
class RealmNotTrustedError : public base::HttpError {
 public:
  using base::HttpError::HttpError;
};

// Tokens by realm, service, scope, identity and registry: a token is never used for what was not asked with it.
// Thread-safe, bounded; one for the process.
class TokenCache {
 public:
  [[nodiscard]] std::optional<std::string> find(const std::string& key, base::SteadyTime now) const;
  void store(const std::string& key, const std::string& token, base::SteadyTime expires_at);
  void forget(const std::string& key);

 private:
  struct Entry {
    std::string token;
    base::SteadyTime expires_at;
  };
  base::Guarded<std::map<std::string, Entry>> entries_;
};

enum class Access { kPull, kPush };  // to push is to pull, too

// What is asked of a token: no more than this, for one repository of one registry.
struct TokenScope {
  net::Url registry;       // "https://registry.example.com/"
  std::string repository;  // "library/nginx"; empty: the token is only to show that the credential is taken
  Access access = Access::kPull;
};

// Turns challenges into values of the Authorization header. Not thread-safe; borrows everything it is given.
class TokenAuth {
 public:
  TokenAuth(net::HttpClient& http, const net::UrlPolicy& policy, TokenCache& cache, const base::Clock& clock)
      : http_(http), policy_(policy), cache_(cache), clock_(clock) {}

  enum class Freshness { kCached, kNew };
  struct Answer {
    std::string authorization{};  // empty: no challenge can be answered with this credential, or the realm refused it
    // The credential stayed here because the realm (as text) is not trusted with it; an anonymous token was asked for.
    std::string untrusted_realm{};
  };

  // Answers the first challenge that can be answered. `credential` null: anonymous. Throws base::HttpError (the realm
  // failed), base::NetworkError, base::ParseError (the realm's answer).
  [[nodiscard]] Answer answer(const std::vector<Challenge>& challenges, const TokenScope& scope,
                              const Credential* credential, Freshness freshness, std::stop_token stop);

 private:
  [[nodiscard]] Answer bearer(const Challenge& challenge, const TokenScope& scope, const Credential* credential,
                              Freshness freshness, const std::stop_token& stop);

  net::HttpClient& http_;
  const net::UrlPolicy& policy_;
  TokenCache& cache_;
  const base::Clock& clock_;
};

}  // namespace registry

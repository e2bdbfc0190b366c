// Whether a registry answers, and whether it takes a credential: asked of its API root, about no repository.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "net/url_policy.h"
#include "registry/credentials.h"

namespace registry {

struct ProbeSettings {
  std::string server;  // "host" or "host:port"
  std::optional<Credential> credential{};
  net::UrlPolicy policy{};
  std::string ca_bundle_pem{};  // empty: the system's
};

enum class Login : std::uint8_t {
  kNotTried,   // no credential, or what answers is no registry
  kNotNeeded,  // the registry asks nobody who he is
  kAccepted,
  kRefused,
  kRealmNotTrusted,  // the credential stayed here: ProbeAnswer::untrusted_realm
};

struct ProbeAnswer {
  int status = 0;  // of GET /v2/ without a credential: a registry answers 200 or 401
  Login login = Login::kNotTried;
  std::string untrusted_realm{};
};

// At most three requests of 10 s each. Throws base::NetworkError, base::HttpError (the token realm failed) and
// base::ParseError (its answer).
[[nodiscard]] ProbeAnswer probe_registry(const ProbeSettings& settings, const base::Clock& clock, std::stop_token stop);

}  // namespace registry

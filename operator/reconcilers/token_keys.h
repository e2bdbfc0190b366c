// The keys by which identity tokens of registry events are verified, fetched from their issuers. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/guarded.h"
#include "crds/scan_registry.h"
#include "net/web_token.h"

namespace pratique_operator::reconcilers {

class TokenKeys {
 public:
  // Issuers change their keys every few hours or days and publish the next ones beforehand.
  static constexpr std::chrono::minutes kAge{10};
  // So long after a failure nothing is asked again, so that forged events cannot make the operator ask without end.
  static constexpr std::chrono::seconds kAgeOfFailure{10};

  explicit TokenKeys(const base::Clock& clock) : clock_(clock) {}

  // Of `token.keysURL` or, where that is empty, of what the issuer's OpenID configuration names. Blocks for seconds.
  // Throws base::Error when they cannot be had.
  [[nodiscard]] std::shared_ptr<const net::WebKeys> of(const crds::EventToken& token);

 private:
  struct Known {
    std::shared_ptr<const net::WebKeys> keys;  // null: they could not be had, and `failure` says why
    std::string failure;
    base::SteadyTime at;
  };

  const base::Clock& clock_;
  base::Guarded<std::map<std::string, Known>> known_;  // by issuer, URL and authorities
};

}  // namespace pratique_operator::reconcilers

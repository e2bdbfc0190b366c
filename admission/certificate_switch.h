// Which certificate is shown and which authorities the API server is told to trust while one certificate follows
// another: a leaf of a new authority is shown only when the API server has had time to learn of that authority. Pure:
// no I/O, no clock of its own. Not thread-safe.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"
#include "net/certificates.h"

namespace admission {

struct ServingCertificate {
  net::KeyPair leaf;
  std::string authority_pem;        // that signed the leaf; empty: others tell the API server
  std::string old_authority_pem{};  // its predecessor, which other replicas may still need; may be empty
  [[nodiscard]] bool same_leaf(const ServingCertificate& other) const {
    return leaf.certificate_pem == other.leaf.certificate_pem;
  }
};

class CertificateSwitch {
 public:
  explicit CertificateSwitch(std::chrono::milliseconds trust_delay) : trust_delay_(trust_delay) {}

  // What there is to serve now; the same one may be offered again and again.
  void offer(const ServingCertificate& certificate);
  // What the API server is to trust: the authorities of what is offered and of what is shown.
  [[nodiscard]] std::string bundle() const;
  // The bundle, as it is now, stands where the API server reads it.
  void bundle_stands(base::SteadyTime now);
  // A certificate to be shown from now on; nullopt where nothing changes. The first one is shown at once: nobody calls
  // a listener that has none.
  [[nodiscard]] std::optional<ServingCertificate> next(base::SteadyTime now);
  // Whether one is offered that is not shown yet.
  [[nodiscard]] bool pending() const { return offered_ && (!shown_ || !offered_->same_leaf(*shown_)); }

 private:
  [[nodiscard]] bool may_show(base::SteadyTime now) const;

  const std::chrono::milliseconds trust_delay_;
  std::optional<ServingCertificate> offered_;
  std::optional<ServingCertificate> shown_;
  std::string standing_bundle_;
  base::SteadyTime standing_since_{};
};

}  // namespace admission

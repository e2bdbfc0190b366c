// The small authority of operator and scanner, and the two Secrets that hold its leaves. Whoever comes first makes
// them; the loser of a race finds them at its next try.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "kubernetes/api_client.h"
#include "net/certificates.h"
#include "net/metrics.h"
#include "operator/controller/reconciler.h"

namespace pratique_operator::reconcilers {

inline constexpr const char* kOperatorTlsSecret = "pratique-operator-tls";  // ca.crt, ca.key, tls.crt, tls.key
inline constexpr const char* kScannerTlsSecret = "pratique-scanner-tls";    // ca.crt, tls.crt, tls.key

// Our own end of mutual TLS.
struct ServiceIdentity {
  std::string ca_pem;
  net::KeyPair leaf;
};

// Looks every hour; a leaf is issued anew when two thirds of its life are over. The authority itself lives for ten
// years.
class ServiceCertificatesReconciler final : public controller::Reconciler {
 public:
  struct Surroundings {  // borrowed
    kubernetes::ApiClient& api;
    const base::Clock& clock;
    net::Metrics& metrics;
    std::string ns;  // the operator's
    // Further names that both leaves are for, beside those of the Services and loopback.
    std::vector<std::string> more_names;
    // Told of the operator's own identity, each time that it was looked at.
    std::function<void(const ServiceIdentity& identity)> on_identity;
  };
  explicit ServiceCertificatesReconciler(Surroundings surroundings) : with_(std::move(surroundings)) {}

  [[nodiscard]] controller::Result reconcile(const kubernetes::ObjectKey& key, std::stop_token stop) override;

 private:
  [[nodiscard]] nlohmann::json ensure(const std::string& name, const std::optional<net::KeyPair>& authority);
  [[nodiscard]] nlohmann::json make_secret(const std::string& name, const net::KeyPair& authority) const;

  Surroundings with_;
};

}  // namespace pratique_operator::reconcilers

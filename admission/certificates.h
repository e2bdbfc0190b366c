// The webhook's serving certificate: made here and kept in a Secret that all replicas share. Whatever is deleted or
// overwritten is put back.
#pragma once

#include <chrono>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "admission/certificate_switch.h"
#include "base/clock.h"
#include "kubernetes/api_client.h"
#include "net/certificates.h"

namespace admission {

// Where the certificate comes from. Not thread-safe.
class CertificateSource {
 public:
  virtual ~CertificateSource() = default;
  // The certificate to serve as of now. Throws base::Error when that cannot be said.
  [[nodiscard]] virtual ServingCertificate current() = 0;
};

struct CertificateSettings {
  std::string ns;  // of the Secret and the Service
  std::string secret = "pratique-admission-tls";
  std::string service_name;  // the leaf's names are those of this Service
  std::string webhook_url;   // for a control plane outside the cluster: its host is a name of the leaf too
  std::chrono::hours authority_lifetime{24 * 365 * 5};
  std::chrono::hours leaf_lifetime{24 * 90};
  // After which each is made anew; absent: after two thirds of its life.
  std::optional<std::chrono::seconds> authority_renewal{};
  std::optional<std::chrono::seconds> leaf_renewal{};
};

class CertificateKeeper final : public CertificateSource {
 public:
  CertificateKeeper(std::shared_ptr<kubernetes::ApiClient> client, const base::Clock& clock,
                    CertificateSettings settings);

  // Reads the Secret, or makes it: the first of several replicas wins and the others read what it made. A leaf past two
  // thirds of its life, or one that does not fit, is issued again; so is the authority, whose predecessor stays
  // trusted. A Secret that was deleted or spoilt gets again what this replica read last. A clock that is behind renews
  // nothing; a leaf is valid from its authority's beginning on, so that a clock that is ahead makes none that others
  // take for not yet valid.
  [[nodiscard]] ServingCertificate current() override;

 private:
  struct Material {
    net::KeyPair authority;
    std::string old_authority_pem;  // may be empty
    net::KeyPair leaf;
    std::string names;                           // that the leaf is for, joined by commas
    std::optional<base::SystemTime> written_at;  // by the API server's clock
  };

  [[nodiscard]] std::optional<Material> read(const nlohmann::json& secret) const;
  // What should stand in the Secret, given what does.
  [[nodiscard]] Material renewed(std::optional<Material> material) const;
  [[nodiscard]] bool authority_is_due(const Material& material) const;
  [[nodiscard]] bool leaf_is_due(const Material& material) const;
  [[nodiscard]] nlohmann::json secret_of(const Material& material, const std::string& resource_version) const;
  // Whether the Secret now holds the material; false when somebody else wrote it meanwhile.
  [[nodiscard]] bool write(const Material& material, const std::string& resource_version);
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] net::KeyPair issue(const net::KeyPair& authority) const;

  std::shared_ptr<kubernetes::ApiClient> client_;
  const base::Clock& clock_;
  CertificateSettings settings_;
  std::optional<Material> last_;  // that stood in the Secret
};

}  // namespace admission

// The webhook's serving certificate: made here, kept in a Secret that all replicas share, and trusted by the API server
// through the caBundle of our own webhook configuration. Whatever is deleted or overwritten is put back.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "kubernetes/api_client.h"
#include "net/certificates.h"

namespace admission {

struct CertificateSettings {
  std::string ns;  // of the Secret and the Service
  std::string secret = "pratique-admission-tls";
  std::string service_name;           // the leaf's names are those of this Service
  std::string webhook_configuration;  // name of the ValidatingWebhookConfiguration; empty: none is patched
  std::string webhook_url;            // for a control plane outside the cluster; empty: reached through the Service
  std::chrono::hours authority_lifetime{24 * 365 * 5};
  std::chrono::hours leaf_lifetime{24 * 90};
};

struct ServingCertificate {
  net::KeyPair leaf;
  std::string
      authorities_pem;  // what the API server must trust: the authority, and its predecessor while one is needed
  bool operator==(const ServingCertificate& other) const {
    return leaf.certificate_pem == other.leaf.certificate_pem && authorities_pem == other.authorities_pem;
  }
};

// Not thread-safe.
class CertificateKeeper {
 public:
  CertificateKeeper(std::shared_ptr<kubernetes::ApiClient> client, const base::Clock& clock,
                    CertificateSettings settings);

  // Reads the Secret, or makes it: the first of several replicas wins and the others read what it made. A leaf past two
  // thirds of its life, or one that does not fit, is issued again; so is the authority, whose predecessor stays
  // trusted. Throws base::Error when the API server cannot be asked.
  [[nodiscard]] ServingCertificate ensure_certificate();

  // Puts the authorities into every webhook of our configuration where they are not already. False when there is no
  // such configuration yet. Throws base::Error.
  bool ensure_trust(const ServingCertificate& certificate);

  struct Material {
    net::KeyPair authority;
    std::string old_authority_pem;  // may be empty
    net::KeyPair leaf;
    std::string names;  // that the leaf is for, joined by commas
  };

 private:
  [[nodiscard]] std::optional<Material> read(const nlohmann::json& secret) const;
  // What should stand in the Secret, given what does.
  [[nodiscard]] Material renewed(std::optional<Material> material) const;
  [[nodiscard]] nlohmann::json secret_of(const Material& material, const std::string& resource_version) const;
  // Whether the Secret now holds the material; false when somebody else wrote it meanwhile.
  [[nodiscard]] bool write(const Material& material, const std::string& resource_version);
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] net::KeyPair issue(const net::KeyPair& authority) const;

  std::shared_ptr<kubernetes::ApiClient> client_;
  const base::Clock& clock_;
  CertificateSettings settings_;
};

// Keeps certificate and trust as they should be until `stop`: at once, then every `interval`, and every second while
// the webhook configuration is not there yet: from its creation on the API server asks us. Calls `on_change` with each
// new certificate, and at the first round. One of the five places that catch: what fails is logged and tried again.
struct CertificateLoop {
  CertificateKeeper& keeper;
  std::chrono::seconds interval{10};
  std::function<void(const ServingCertificate& certificate)> on_change;
};
void keep_certificate(CertificateLoop loop, std::stop_token stop);

}  // namespace admission

#include "operator/reconcilers/service_certificates.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/error.h"
#include "base/failpoint.h"
#include "operator/failpoints.h"
#include "operator/reconcilers/secrets.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;

constexpr std::chrono::hours kPeriod{1};
constexpr std::chrono::hours kAuthorityLife{24 * 365 * 10};
constexpr std::chrono::hours kLeafLife{24 * 90};

std::string need(const json& secret, const std::string& name, const std::string& key) {
  const std::optional<std::string> value = secret_value(secret, key);
  if (!value) {
    throw base::ConfigError("Secret " + name + " has no " + key + "; delete it and the operator makes a new one");
  }
  return *value;
}

// Whether the leaf is of this authority and less than two thirds of its life are over.
bool is_usable(const json& secret, const std::string& name, base::SystemTime now) {
  const std::string leaf = need(secret, name, "tls.crt");
  const net::Validity validity = net::certificate_validity(leaf);
  const auto life = validity.not_after - validity.not_before;
  return net::issued_by(leaf, need(secret, name, "ca.crt"), now) && now < validity.not_before + life / 3 * 2;
}

}  // namespace

controller::Result ServiceCertificatesReconciler::reconcile(const kubernetes::ObjectKey& /*key*/,
                                                            std::stop_token /*stop*/) {
  const json own = ensure(kOperatorTlsSecret, std::nullopt);
  const net::KeyPair authority{.certificate_pem = need(own, kOperatorTlsSecret, "ca.crt"),
                               .key_pem = need(own, kOperatorTlsSecret, "ca.key")};
  const ServiceIdentity identity{.ca_pem = authority.certificate_pem,
                                 .leaf = {.certificate_pem = need(own, kOperatorTlsSecret, "tls.crt"),
                                          .key_pem = need(own, kOperatorTlsSecret, "tls.key")}};
  static_cast<void>(ensure(kScannerTlsSecret, authority));
  const net::Validity validity = net::certificate_validity(identity.leaf.certificate_pem);
  const std::chrono::duration<double> expiry = validity.not_after.time_since_epoch();
  with_.metrics.set("pratique_certificate_expiry_timestamp_seconds", {{"name", "operator"}}, expiry.count());
  with_.on_identity(identity);
  return {.requeue_after = kPeriod};
}

// `authority` absent: the one that the Secret itself holds, or a new one where there is no Secret.
json ServiceCertificatesReconciler::ensure(const std::string& name, const std::optional<net::KeyPair>& authority) {
  const base::SystemTime now = with_.clock.system_now();
  const std::optional<json> stored = with_.api.get(kSecret, {.ns = with_.ns, .name = name});
  if (!stored) {
    json made = with_.api.create(
        kSecret, make_secret(name, authority ? *authority : net::make_authority("pratique", now, kAuthorityLife)));
    base::failpoint(kServiceCertificateWritten);
    return made;
  }
  const net::KeyPair issuer = authority ? *authority
                                        : net::KeyPair{.certificate_pem = need(*stored, name, "ca.crt"),
                                                       .key_pem = need(*stored, name, "ca.key")};
  if (need(*stored, name, "ca.crt") == issuer.certificate_pem && is_usable(*stored, name, now)) {
    return *stored;
  }
  json next = make_secret(name, issuer);
  next["metadata"]["resourceVersion"] = kubernetes::resource_version_of(*stored);
  return with_.api.replace(kSecret, next, {});
}

json ServiceCertificatesReconciler::make_secret(const std::string& name, const net::KeyPair& authority) const {
  const bool own = name == kOperatorTlsSecret;
  const std::string service = own ? "pratique-operator" : "pratique-scanner";
  net::LeafRequest request{.common_name = service,
                           .dns_names = {service, service + "." + with_.ns, service + "." + with_.ns + ".svc",
                                         service + "." + with_.ns + ".svc.cluster.local", "localhost", "127.0.0.1"},
                           .lifetime = kLeafLife};
  request.dns_names.insert(request.dns_names.end(), with_.more_names.begin(), with_.more_names.end());
  const net::KeyPair leaf = net::issue_leaf(authority, request, with_.clock.system_now());
  json data = {{"ca.crt", base::encode_base64(authority.certificate_pem)},
               {"tls.crt", base::encode_base64(leaf.certificate_pem)},
               {"tls.key", base::encode_base64(leaf.key_pem)}};
  if (own) {
    data["ca.key"] = base::encode_base64(authority.key_pem);
  }
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"type", "Opaque"},
          {"metadata",
           {{"name", name}, {"namespace", with_.ns}, {"labels", {{"app.kubernetes.io/managed-by", "pratique"}}}}},
          {"data", data}};
}

}  // namespace pratique_operator::reconcilers

#include "admission/certificates.h"

#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/error.h"
#include "base/log.h"
#include "crds/metadata.h"
#include "net/http.h"

namespace admission {
namespace {

using nlohmann::json;

const kubernetes::ResourceType kSecret{"", "v1", "Secret", "secrets", true};
const kubernetes::ResourceType kWebhookConfiguration{
    "admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", false};

// Keys of the Secret's data.
constexpr const char* kLeaf = "tls.crt";
constexpr const char* kLeafKey = "tls.key";
constexpr const char* kAuthority = "ca.crt";
constexpr const char* kAuthorityKey = "ca.key";
constexpr const char* kOldAuthority = "old-ca.crt";
constexpr const char* kNames = "names";

bool past_two_thirds(const std::string& certificate_pem, base::SystemTime now) {
  const net::Validity validity = net::certificate_validity(certificate_pem);
  return now > validity.not_before + (validity.not_after - validity.not_before) / 3 * 2;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

// What a value of the Secret's data decodes to; empty when it is missing or no base64.
std::string data_of(const json& secret, const char* key) {
  const json::json_pointer at = json::json_pointer("/data") / key;
  if (!secret.contains(at) || !secret[at].is_string()) return {};
  return base::decode_base64(secret[at].get<std::string>()).value_or("");
}

}  // namespace

CertificateKeeper::CertificateKeeper(std::shared_ptr<kubernetes::ApiClient> client, const base::Clock& clock,
                                     CertificateSettings settings)
    : client_(std::move(client)), clock_(clock), settings_(std::move(settings)) {}

std::vector<std::string> CertificateKeeper::names() const {
  const std::string& service = settings_.service_name;
  std::vector<std::string> names{service, service + "." + settings_.ns, service + "." + settings_.ns + ".svc",
                                 service + "." + settings_.ns + ".svc.cluster.local"};
  if (!settings_.webhook_url.empty()) names.push_back(net::parse_url(settings_.webhook_url).host);
  return names;
}

net::KeyPair CertificateKeeper::issue(const net::KeyPair& authority) const {
  return net::issue_leaf(
      authority, {.common_name = settings_.service_name, .dns_names = names(), .lifetime = settings_.leaf_lifetime},
      clock_.system_now());
}

// Nullopt when what stands there cannot serve: a Secret that somebody emptied or overwrote is made anew.
std::optional<CertificateKeeper::Material> CertificateKeeper::read(const json& secret) const {
  Material material{.authority = {data_of(secret, kAuthority), data_of(secret, kAuthorityKey)},
                    .old_authority_pem = data_of(secret, kOldAuthority),
                    .leaf = {data_of(secret, kLeaf), data_of(secret, kLeafKey)},
                    .names = data_of(secret, kNames)};
  try {
    const bool fits =
        net::issued_by(material.leaf.certificate_pem, material.authority.certificate_pem, clock_.system_now());
    // Issuing shows that the authority's key is there and is a key.
    if (!fits) material.leaf = issue(material.authority);
    return material;
  } catch (const base::ParseError& error) {
    base::log(base::LogLevel::kWarning, "serving certificate unusable",
              {{"secret", settings_.secret}, {"error", std::string_view(error.what())}});
    return std::nullopt;
  }
}

CertificateKeeper::Material CertificateKeeper::renewed(std::optional<Material> material) const {
  const base::SystemTime now = clock_.system_now();
  if (!material || past_two_thirds(material->authority.certificate_pem, now)) {
    Material fresh;
    fresh.authority = net::make_authority("pratique-admission-ca", now, settings_.authority_lifetime);
    if (material) fresh.old_authority_pem = material->authority.certificate_pem;
    material = std::move(fresh);
  }
  const std::string wanted_names = joined(names());
  if (material->leaf.certificate_pem.empty() || material->names != wanted_names ||
      past_two_thirds(material->leaf.certificate_pem, now)) {
    material->leaf = issue(material->authority);
    material->names = wanted_names;
  }
  return *material;
}

json CertificateKeeper::secret_of(const Material& material, const std::string& resource_version) const {
  json metadata{{"name", settings_.secret}, {"namespace", settings_.ns}};
  metadata["labels"][std::string(crds::kManagedByLabel)] = crds::kManagedByPratique;
  if (!resource_version.empty()) metadata["resourceVersion"] = resource_version;
  json data;
  const std::initializer_list<std::pair<const char*, const std::string*>> values{
      {kAuthority, &material.authority.certificate_pem},
      {kAuthorityKey, &material.authority.key_pem},
      {kOldAuthority, &material.old_authority_pem},
      {kLeaf, &material.leaf.certificate_pem},
      {kLeafKey, &material.leaf.key_pem},
      {kNames, &material.names}};
  for (const auto& [key, value] : values) data[key] = base::encode_base64(*value);
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"metadata", std::move(metadata)},
          {"type", "kubernetes.io/tls"},
          {"data", std::move(data)}};
}

bool CertificateKeeper::write(const Material& material, const std::string& resource_version) {
  const json secret = secret_of(material, resource_version);
  try {
    if (resource_version.empty()) {
      client_->create(kSecret, secret);
    } else {
      client_->replace(kSecret, secret, "");
    }
    return true;
  } catch (const kubernetes::ApiError& error) {
    if (!error.conflict()) throw;
    return false;
  }
}

ServingCertificate CertificateKeeper::ensure_certificate() {
  constexpr int kAttempts = 5;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::optional<json> secret = client_->get(kSecret, {settings_.ns, settings_.secret});
    const std::optional<Material> found = secret ? read(*secret) : std::nullopt;
    const Material wanted = renewed(found);
    const bool unchanged = found && secret && data_of(*secret, kLeaf) == wanted.leaf.certificate_pem;
    if (unchanged || write(wanted, secret ? kubernetes::resource_version_of(*secret) : std::string())) {
      return {.leaf = wanted.leaf, .authorities_pem = wanted.authority.certificate_pem + wanted.old_authority_pem};
    }
  }
  throw base::NetworkError("Secret " + settings_.ns + "/" + settings_.secret +
                           ": others wrote it each time that we would");
}

bool CertificateKeeper::ensure_trust(const ServingCertificate& certificate) {
  if (settings_.webhook_configuration.empty()) return true;
  const std::optional<json> configuration =
      client_->get(kWebhookConfiguration, {.ns = {}, .name = settings_.webhook_configuration});
  if (!configuration) return false;
  const std::string bundle = base::encode_base64(certificate.authorities_pem);
  json webhooks = configuration->value("webhooks", json::array());
  for (json& webhook : webhooks) {
    json& client_config = webhook["clientConfig"];
    client_config["caBundle"] = bundle;
    if (settings_.webhook_url.empty()) continue;
    client_config.erase("service");
    client_config["url"] = settings_.webhook_url;
  }
  if (webhooks == configuration->value("webhooks", json::array())) return true;
  // The list is replaced whole, so only the version that was read may be.
  const json patch{{"metadata", {{"resourceVersion", kubernetes::resource_version_of(*configuration)}}},
                   {"webhooks", std::move(webhooks)}};
  client_->merge_patch(kWebhookConfiguration, {.ns = {}, .name = settings_.webhook_configuration}, patch, "");
  base::log(base::LogLevel::kInfo, "webhook configuration trusts our certificate",
            {{"configuration", settings_.webhook_configuration}});
  return true;
}

void keep_certificate(CertificateLoop loop, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::optional<ServingCertificate> served;
  while (!stop.stop_requested()) {
    bool trusted = false;
    try {
      const ServingCertificate certificate = loop.keeper.ensure_certificate();
      // The first certificate is served before it is trusted: nothing calls us until it is.
      if (!served) loop.on_change(certificate);
      trusted = loop.keeper.ensure_trust(certificate);
      if (served && !(*served == certificate)) loop.on_change(certificate);
      served = certificate;
    } catch (const base::Error& error) {
      base::log(base::LogLevel::kWarning, "certificate not kept", {{"error", std::string_view(error.what())}});
    }
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, trusted ? loop.interval : std::chrono::seconds(1), [] { return false; });
  }
}

}  // namespace admission

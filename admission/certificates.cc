#include "admission/certificates.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "admission/failpoints.h"
#include "base/base64.h"
#include "base/error.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "crds/metadata.h"
#include "net/http.h"

namespace admission {
namespace {

using nlohmann::json;

const kubernetes::ResourceType kSecret{"", "v1", "Secret", "secrets", true};

// Keys of the Secret's data.
constexpr const char* kLeaf = "tls.crt";
constexpr const char* kLeafKey = "tls.key";
constexpr const char* kAuthority = "ca.crt";
constexpr const char* kAuthorityKey = "ca.key";
constexpr const char* kOldAuthority = "old-ca.crt";
constexpr const char* kNames = "names";

// Of what is made with this lifetime: counted from its end, because a leaf's beginning is its authority's.
bool is_due(const std::string& certificate_pem, std::chrono::hours lifetime,
            std::optional<std::chrono::seconds> renewal, base::SystemTime now) {
  const base::SystemTime made_at = net::certificate_validity(certificate_pem).not_after - lifetime;
  return now > made_at + renewal.value_or(std::chrono::seconds(lifetime) / 3 * 2);
}

// When the API server last took a write of it, by its own clock.
std::optional<base::SystemTime> written_at(const json& secret) {
  std::optional<base::SystemTime> latest;
  const json::json_pointer at("/metadata/managedFields");
  if (!secret.contains(at)) return latest;
  for (const json& entry : secret[at]) latest = std::max(latest, base::parse_rfc3339(entry.value("time", "")));
  return latest;
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
  return net::issue_leaf(authority,
                         {.common_name = settings_.service_name,
                          .dns_names = names(),
                          .lifetime = settings_.leaf_lifetime,
                          .not_before = net::certificate_validity(authority.certificate_pem).not_before},
                         clock_.system_now());
}

// Nullopt when what stands there cannot serve: a Secret that somebody emptied or overwrote is made anew.
std::optional<CertificateKeeper::Material> CertificateKeeper::read(const json& secret) const {
  Material material{.authority = {data_of(secret, kAuthority), data_of(secret, kAuthorityKey)},
                    .old_authority_pem = data_of(secret, kOldAuthority),
                    .leaf = {data_of(secret, kLeaf), data_of(secret, kLeafKey)},
                    .names = data_of(secret, kNames),
                    .written_at = written_at(secret)};
  try {
    if (!net::is_pair(material.authority)) throw base::ParseError("ca.key is not the key of ca.crt");
    if (!material.old_authority_pem.empty()) (void)net::certificate_validity(material.old_authority_pem);
    const bool fits = net::is_pair(material.leaf) &&
                      net::signed_by(material.leaf.certificate_pem, material.authority.certificate_pem);
    if (!fits) material.leaf = issue(material.authority);
    return material;
  } catch (const base::ParseError& error) {
    base::log(base::LogLevel::kWarning, "serving certificate unusable",
              {{"secret", settings_.secret}, {"error", std::string_view(error.what())}});
    return std::nullopt;
  }
}

bool CertificateKeeper::authority_is_due(const Material& material) const {
  constexpr std::chrono::minutes kClockSlack{10};
  const base::SystemTime now = clock_.system_now();
  const std::string& authority = material.authority.certificate_pem;
  const base::SystemTime begins = net::certificate_validity(authority).not_before;
  // Not valid yet: either our clock is behind, or it was made by one that was ahead of the API server's.
  const bool is_early = begins > now && material.written_at && begins > *material.written_at + kClockSlack;
  return is_early || is_due(authority, settings_.authority_lifetime, settings_.authority_renewal, now);
}

bool CertificateKeeper::leaf_is_due(const Material& material) const {
  return material.leaf.certificate_pem.empty() || material.names != joined(names()) ||
         is_due(material.leaf.certificate_pem, settings_.leaf_lifetime, settings_.leaf_renewal, clock_.system_now());
}

CertificateKeeper::Material CertificateKeeper::renewed(std::optional<Material> material) const {
  if (!material || authority_is_due(*material)) {
    Material fresh;
    fresh.authority = net::make_authority("pratique-admission-ca", clock_.system_now(), settings_.authority_lifetime);
    if (material) fresh.old_authority_pem = material->authority.certificate_pem;
    material = std::move(fresh);
  }
  if (leaf_is_due(*material)) {
    material->leaf = issue(material->authority);
    material->names = joined(names());
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
    base::failpoint(kCertificateWritten);
    return true;
  } catch (const kubernetes::ApiError& error) {
    if (!error.conflict()) throw;
    return false;
  }
}

ServingCertificate CertificateKeeper::current() {
  constexpr int kAttempts = 5;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::optional<json> secret = client_->get(kSecret, {settings_.ns, settings_.secret});
    const std::optional<Material> found = secret ? read(*secret) : std::nullopt;
    const Material wanted = renewed(found ? found : last_);
    const bool unchanged = found && data_of(*secret, kLeaf) == wanted.leaf.certificate_pem;
    if (unchanged || write(wanted, secret ? kubernetes::resource_version_of(*secret) : std::string())) {
      last_ = wanted;
      return {.leaf = wanted.leaf,
              .authority_pem = wanted.authority.certificate_pem,
              .old_authority_pem = wanted.old_authority_pem};
    }
  }
  throw base::NetworkError("Secret " + settings_.ns + "/" + settings_.secret +
                           ": others wrote it each time that we would");
}

}  // namespace admission

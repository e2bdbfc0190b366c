#include "operator/reconcilers/registry_resolver.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/error.h"
#include "base/log.h"
#include "operator/reconcilers/secrets.h"
#include "registry/digest_reading.h"
#include "registry/registry_client.h"

namespace pratique_operator::reconcilers {
namespace {

using crds::MirrorCapability;

constexpr std::string_view kBearer = "Bearer ";
constexpr std::string_view kBasic = "Basic ";

// What the registry accepts, in the form that the scan service takes: a token for this repository alone where the
// registry has tokens, so that a scanner never holds a credential that could do more.
scanner::RegistryAccess access_of(const std::string& authorization, const RegistrySettings& settings) {
  scanner::RegistryAccess access;
  if (authorization.starts_with(kBearer)) {
    access.bearer_token = authorization.substr(kBearer.size());
  } else if (authorization.starts_with(kBasic)) {
    const std::string pair = base::decode_base64(authorization.substr(kBasic.size())).value_or("");
    const std::size_t colon = pair.find(':');
    access.username = pair.substr(0, colon);
    access.password = colon == std::string::npos ? "" : pair.substr(colon + 1);
  }
  const net::UrlPolicy& policy = settings.policy;
  access.plain_http_hosts = {policy.plain_http_hosts.begin(), policy.plain_http_hosts.end()};
  access.private_hosts = {policy.private_hosts.begin(), policy.private_hosts.end()};
  access.trusted_realm_hosts = {policy.trusted_realm_hosts.begin(), policy.trusted_realm_hosts.end()};
  access.ca_bundle_pem = settings.ca_bundle_pem;
  access.attached_sboms = settings.attached_sboms;
  if (access.attached_sboms) access.sbom_keys = settings.attestation_keys;
  return access;
}

constexpr std::chrono::minutes kAvoidMirror{5};
constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kTooManyRequests = 429;

// What the namespace has for one image, and why each other Secret is of no use for it.
struct PullCredentials {
  registry::Keyring keyring;
  std::vector<std::string> unusable;
};

void add_secret(kubernetes::ApiClient& api, const kubernetes::ObjectKey& secret, const base::ImageReference& image,
                PullCredentials& credentials) {
  try {
    const registry::Keyring entries = read_keyring(api, secret);
    if (registry::matching_credentials(entries, image).empty()) {
      credentials.unusable.push_back("Secret " + secret.text() + " has no entry for " + image.name());
    }
    credentials.keyring.insert(credentials.keyring.end(), entries.begin(), entries.end());
  } catch (const base::ConfigError& error) {
    credentials.unusable.emplace_back(error.what());
  } catch (const kubernetes::ApiError& error) {
    if (error.status() != kForbidden) throw;
    credentials.unusable.push_back("Secret " + secret.text() +
                                   " may not be read by the operator, until a Role of the namespace lets it");
  }
}

void add_plugins(const credential_plugins::CredentialPlugins::Answer& answer, PullCredentials& credentials) {
  credentials.keyring.insert(credentials.keyring.end(), answer.keyring.begin(), answer.keyring.end());
  credentials.unusable.insert(credentials.unusable.end(), answer.failures.begin(), answer.failures.end());
}

// Some registries call what one may not see not found.
bool may_want_credentials(const base::HttpError& error) {
  return error.status() == kUnauthorized || error.status() == kForbidden || error.status() == kNotFound;
}

std::string tried(const PullCredentials& credentials, const std::vector<registry::Credential>& matching) {
  std::string text;
  for (const std::string& why : credentials.unusable) text += (text.empty() ? "" : "; ") + why;
  return text + (matching.empty() ? "; tried without credentials" : "; the other credentials were refused");
}

// Where a HEAD is answered without a digest.
enum class WithoutDigest { kLeave, kRead };

// A registry that says nothing is resolved by whoever asks. A mirror is read at once: behind it stands the registry,
// which an air-gapped cluster cannot reach.
std::optional<base::Digest> digest_told(const registry::RegistryClientSettings& client, const base::Clock& clock,
                                        WithoutDigest without, const std::stop_token& stop) {
  try {
    const std::optional<base::Digest> digest = registry::find_digest(client, clock, stop);
    return digest || without == WithoutDigest::kLeave ? digest : registry::read_digest(client, clock, stop);
  } catch (const base::HttpError& error) {
    // Who is asked to wait is not asked again at once; anything else resolve_with() tells better.
    if (error.status() == kTooManyRequests) throw;
    return std::nullopt;
  }
}

}  // namespace

RegistryResolver::RegistryResolver(kubernetes::ApiClient& api, const base::Clock& clock,
                                   std::function<ScanRegistries()> registries, ProviderCredential provider_credential,
                                   credential_plugins::CredentialPlugins* plugins, RegistryPauses* pauses)
    : api_(api),
      clock_(clock),
      registries_(std::move(registries)),
      provider_credential_(std::move(provider_credential)),
      plugins_(plugins),
      pauses_(pauses),
      tokens_(std::make_shared<registry::TokenCache>()) {}

registry::Keyring keyring_for(const Askers& askers, const RegistrySettings& settings, kubernetes::ApiClient& api,
                              const ProviderCredential& provider_credential, const std::stop_token& stop) {
  registry::Keyring keyring;
  const auto add = [&](const std::string& name) {
    const registry::Keyring entries = read_keyring(api, {.ns = askers.ns, .name = name});
    keyring.insert(keyring.end(), entries.begin(), entries.end());
  };
  for (const std::string& name : askers.pull_secrets) {
    add(name);
  }
  for (const crds::SecretReference& secret : settings.secrets) {
    add(secret.name);
  }
  for (const std::string& provider : settings.providers) {
    keyring.push_back({.location = askers.host, .credential = provider_credential(provider, askers.host, stop)});
  }
  return keyring;
}

// How a registry is asked for one image.
struct RegistryResolver::Access {
  RegistrySettings settings;
  PullCredentials credentials;
  registry::RegistryClientSettings client;
};

// A tag means what the first of those says who may resolve, the registry itself being the last of them. Where that one
// serves it too, and nobody before it may, one walk tells both.
ResolvedReference RegistryResolver::resolve(const ResolveRequest& request, std::stop_token stop) {
  if (request.reference.digest) return pull(request, stop);
  const auto pinned = [&](const base::Digest& digest) {
    ResolveRequest by_digest = request;
    by_digest.reference = request.reference.at(digest);
    return by_digest;
  };
  bool others_serve = false;  // a mirror before, which may not resolve
  for (const crds::RegistryMirror& mirror : mirrors_of(request)) {
    if (!mirror.can(MirrorCapability::kResolve)) {
      others_serve = true;
    } else if (mirror.can(MirrorCapability::kPull) && !others_serve) {
      if (std::optional<ResolvedReference> resolved = resolve_in(mirror, request, stop)) return *std::move(resolved);
    } else if (const std::optional<base::Digest> digest = digest_in(mirror, request, stop)) {
      ResolvedReference resolved = pull(pinned(*digest), stop);
      resolved.told_by = in_mirror(mirror.location, request.reference).host;
      return resolved;
    }
  }
  Access access = access_for(request, stop);
  if (others_serve) {
    if (const std::optional<base::Digest> digest = digest_by(access, stop)) return pull(pinned(*digest), stop);
  }
  return resolve_with(request, std::move(access), stop);
}

ResolvedReference RegistryResolver::pull(const ResolveRequest& request, const std::stop_token& stop) {
  for (const crds::RegistryMirror& mirror : mirrors_of(request)) {
    if (!mirror.can(MirrorCapability::kPull)) continue;
    if (std::optional<ResolvedReference> resolved = resolve_in(mirror, request, stop)) return *std::move(resolved);
  }
  return resolve_with(request, access_for(request, stop), stop);
}

std::vector<crds::RegistryMirror> RegistryResolver::mirrors_of(const ResolveRequest& request) const {
  return settings_for(registries_(), request.reference.host, request.ns).mirrors;
}

template <typename Ask>
auto RegistryResolver::ask_mirror(ResolveRequest request, const crds::RegistryMirror& mirror,
                                  const std::stop_token& stop, Ask&& ask) {
  request.reference = in_mirror(mirror.location, request.reference);
  using Answer = decltype(ask(request, std::declval<Access>()));
  if (is_avoided(request.reference)) return Answer();
  bool is_asked = false;
  try {
    Access access = access_for(request, stop);
    is_asked = true;
    return ask(request, std::move(access));
  } catch (const kubernetes::ApiError&) {
    throw;
  } catch (const base::Error& error) {
    base::log(base::LogLevel::kInfo, "a mirror was passed over",
              {{"image", request.reference.text()}, {"error", std::string_view(error.what())}});
    // Nobody waits a second time for what does not answer. An API server or a cloud that does not give us the
    // credentials is no fault of the mirror.
    if (is_asked && dynamic_cast<const base::NetworkError*>(&error) != nullptr) avoid(request.reference);
    return Answer();
  }
}

std::optional<ResolvedReference> RegistryResolver::resolve_in(const crds::RegistryMirror& mirror,
                                                              const ResolveRequest& request,
                                                              const std::stop_token& stop) {
  const bool tells = !request.reference.digest;
  return ask_mirror(request, mirror, stop,
                    [&](const ResolveRequest& mirrored, Access access) -> std::optional<ResolvedReference> {
                      ResolvedReference resolved = resolve_with(mirrored, std::move(access), stop);
                      if (tells) resolved.told_by = mirrored.reference.host;
                      if (!resolved.image.manifests.empty()) return resolved;
                      // It may have mirrored other platforms alone.
                      throw base::Error("it has no manifest for any of the wanted platforms");
                    });
}

std::optional<base::Digest> RegistryResolver::digest_in(const crds::RegistryMirror& mirror,
                                                        const ResolveRequest& request, const std::stop_token& stop) {
  return ask_mirror(request, mirror, stop, [&](const ResolveRequest&, const Access& access) {
    return digest_told(access.client, clock_, WithoutDigest::kRead, stop);
  });
}

bool RegistryResolver::is_avoided(const base::ImageReference& source) {
  const base::SteadyTime now = clock_.steady_now();
  return avoided_until_.with([&](auto& times) {
    std::erase_if(times, [now](const auto& entry) { return entry.second <= now; });
    return times.contains(source.name());
  });
}

void RegistryResolver::avoid(const base::ImageReference& source) {
  avoided_until_.with([&](auto& times) { times[source.name()] = clock_.steady_now() + kAvoidMirror; });
}

// Whoever has a mirror need not wait for the registry; where only that one can tell, it refuses by itself.
std::optional<std::chrono::milliseconds> RegistryResolver::rest_of(const ResolveRequest& request,
                                                                   std::string_view who) {
  if (pauses_ == nullptr || !mirrors_of(request).empty()) return std::nullopt;
  return pauses_->wait_of(request.reference.host, who);
}

void RegistryResolver::note_throttled(const base::ImageReference& source,
                                      std::optional<std::chrono::seconds> retry_after) {
  if (pauses_ != nullptr) pauses_->answered(source.host, kTooManyRequests, retry_after);
}

RegistryResolver::Access RegistryResolver::access_for(const ResolveRequest& request, const std::stop_token& stop) {
  Access access{
      .settings = settings_for(registries_(), request.reference, request.ns), .credentials = {}, .client = {}};
  // The providers' accounts here, the Secrets one by one below.
  RegistrySettings accounts = access.settings;
  accounts.secrets.clear();
  access.credentials.keyring = keyring_for({.host = request.reference.host, .ns = request.ns, .pull_secrets = {}},
                                           accounts, api_, provider_credential_, stop);
  for (const std::string& name : request.pull_secrets) {
    add_secret(api_, {.ns = request.ns, .name = name}, request.reference, access.credentials);
  }
  for (const crds::SecretReference& secret : access.settings.secrets) {
    add_secret(api_, {.ns = request.ns, .name = secret.name}, request.reference, access.credentials);
  }
  if (plugins_ != nullptr) add_plugins(plugins_->ask(request.reference, stop), access.credentials);
  access.client = {.reference = request.reference,
                   .credentials = registry::matching_credentials(access.credentials.keyring, request.reference),
                   .policy = access.settings.policy,
                   .ca_bundle_pem = access.settings.ca_bundle_pem,
                   .tokens = tokens_,
                   .platforms = platforms_,
                   .gate = pauses_};
  return access;
}

bool RegistryResolver::still_means(const ResolveRequest& request, const base::Digest& digest, std::stop_token stop) {
  for (const crds::RegistryMirror& mirror : mirrors_of(request)) {
    if (!mirror.can(MirrorCapability::kResolve)) continue;
    if (const std::optional<base::Digest> said = digest_in(mirror, request, stop)) return *said == digest;
  }
  return digest_by(access_for(request, stop), stop) == digest;
}

std::optional<base::Digest> RegistryResolver::digest_by(Access access, const std::stop_token& stop) {
  return digest_told(access.client, clock_, WithoutDigest::kLeave, stop);
}

ResolvedReference RegistryResolver::resolve_with(const ResolveRequest& request, Access access,
                                                 const std::stop_token& stop) {
  const std::vector<registry::Credential> matching = access.client.credentials;
  try {
    ResolvedReference resolved{
        .image = registry::make_registry_source(access.client, clock_)->resolve(request.platforms, stop),
        .access = {},
        .source = request.reference};
    resolved.access = access_of(registry::pull_authorization(std::move(access.client), clock_, stop), access.settings);
    return resolved;
  } catch (const registry::RealmNotTrustedError&) {
    throw;
  } catch (const base::HttpError& error) {
    if (!may_want_credentials(error) || access.credentials.unusable.empty()) throw;
    const std::string what = std::string(error.what()) + "; " + tried(access.credentials, matching);
    if (error.status() == kNotFound) throw base::HttpError(what, kNotFound);
    throw CredentialsMissing(what, error.status());
  }
}

registry::Keyring read_keyring(kubernetes::ApiClient& api, const kubernetes::ObjectKey& secret) {
  const std::optional<nlohmann::json> stored = api.get(kSecret, secret);
  if (!stored) {
    throw base::ConfigError("the pull secret " + secret.text() + " does not exist");
  }
  return keyring_of(*stored, secret);
}

// Malformed content is a setting that somebody has to correct, unlike a malformed answer of the registry.
registry::Keyring keyring_of(const nlohmann::json& secret, const kubernetes::ObjectKey& key) {
  const std::string what = "Secret " + key.text();
  try {
    if (const std::optional<std::string> value = secret_value(secret, ".dockerconfigjson")) {
      return registry::parse_docker_config_json(*value, what);
    }
    if (const std::optional<std::string> value = secret_value(secret, ".dockercfg")) {
      return registry::parse_dockercfg(*value, what);
    }
  } catch (const base::ParseError& error) {
    throw base::ConfigError(error.what());
  }
  throw base::ConfigError(what + " holds no .dockerconfigjson; make it by `kubectl create secret docker-registry`");
}

}  // namespace pratique_operator::reconcilers

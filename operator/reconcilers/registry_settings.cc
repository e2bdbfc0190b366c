#include "operator/reconcilers/registry_settings.h"

#include <algorithm>
#include <optional>

#include "net/signed_envelope.h"

namespace pratique_operator::reconcilers {

namespace {

// "host:port", as URL policies name hosts.
std::string authority_of(const std::string& server, bool plain_http) {
  const std::size_t after_address = server.starts_with('[') ? server.find(']') : 0;
  const bool has_port = server.find(':', after_address) != std::string::npos;
  return has_port ? server : server + (plain_http ? ":80" : ":443");
}

std::string host_of(const std::string& location) {
  return location.substr(0, location.find('/'));
}

bool mirrors(const crds::ScanRegistrySpec& spec, const base::ImageReference& read) {
  return std::ranges::any_of(spec.mirrors, [&](const crds::RegistryMirror& mirror) {
    std::string location = mirror.location;
    while (location.ends_with('/')) location.pop_back();
    return read.name().starts_with(location + "/");
  });
}

void add_keys(const crds::ScanRegistrySpec& spec, RegistrySettings& settings) {
  const std::vector<std::string>& keys = spec.attestations.accept_keys;
  settings.attestation_keys.insert(settings.attestation_keys.end(), keys.begin(), keys.end());
}

}  // namespace

RegistrySettings settings_for(const ScanRegistries& registries, const std::string& host, const std::string& ns) {
  RegistrySettings settings;
  for (const auto& registry : registries) {
    const crds::ScanRegistrySpec& spec = registry->spec;
    // A registry's token service may be on another private host of the same cluster, so all that are named count.
    settings.policy.private_hosts.insert(authority_of(spec.server, spec.tls.plain_http));
    if (spec.tls.plain_http) {
      settings.policy.plain_http_hosts.insert(authority_of(spec.server, true));
    }
    for (const crds::RegistryMirror& mirror : spec.mirrors) {
      settings.policy.private_hosts.insert(authority_of(host_of(mirror.location), false));
    }
    if (spec.server != host) {
      continue;
    }
    add_keys(spec, settings);
    if (spec.attestations.push) settings.attestation_push = spec.attestations.push;
    settings.policy.trusted_realm_hosts.insert(spec.auth.realm_hosts.begin(), spec.auth.realm_hosts.end());
    settings.attached_sboms = settings.attached_sboms || spec.attached_sboms;
    if (const std::optional<std::int64_t> bound = spec.rate_limit.concurrent) {
      const std::size_t so_far = settings.scans_at_once;
      settings.scans_at_once =
          so_far == 0 ? static_cast<std::size_t>(*bound) : std::min(so_far, static_cast<std::size_t>(*bound));
    }
    settings.mirrors.insert(settings.mirrors.end(), spec.mirrors.begin(), spec.mirrors.end());
    if (!spec.tls.ca_bundle.empty()) {
      settings.ca_bundle_pem = spec.tls.ca_bundle;
    }
    if (spec.auth.secret_ref && spec.ns == ns) {
      settings.secrets.push_back(*spec.auth.secret_ref);
    }
    if (!spec.auth.provider.empty() && spec.ns == ns) {
      settings.providers.push_back(spec.auth.provider);
    }
  }
  return settings;
}

// What is read in a mirror is attested there, or not at all; nothing is pushed to it.
RegistrySettings settings_for(const ScanRegistries& registries, const base::ImageReference& read,
                              const std::string& ns) {
  RegistrySettings settings = settings_for(registries, read.host, ns);
  for (const auto& registry : registries) {
    if (registry->spec.server != read.host && mirrors(registry->spec, read)) add_keys(registry->spec, settings);
  }
  return settings;
}

std::set<std::string> accepted_keys(const ScanRegistries& registries) {
  std::set<std::string> keys;
  for (const auto& registry : registries) {
    for (const std::string& pem : registry->spec.attestations.accept_keys) keys.insert(net::key_id(pem));
  }
  keys.erase("");  // of what is no key
  return keys;
}

bool is_attested_by(const crds::ImageScan& scan, const std::set<std::string>& keys) {
  return std::ranges::all_of(scan.status.platforms, [&](const crds::ScannedPlatform& platform) {
    return platform.attestation_key.empty() || keys.contains(platform.attestation_key);
  });
}

base::ImageReference in_mirror(const std::string& location, const base::ImageReference& reference) {
  const std::string host = host_of(location);
  std::string path = location.substr(host.size());
  while (path.ends_with('/')) path.pop_back();
  return {.host = host,
          .repository = path.empty() ? reference.repository : path.substr(1) + "/" + reference.repository,
          .tag = reference.tag,
          .digest = reference.digest};
}

}  // namespace pratique_operator::reconcilers

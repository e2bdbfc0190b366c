#include "operator/reconcilers/registry_settings.h"

namespace pratique_operator::reconcilers {

namespace {

// "host:port", as URL policies name hosts.
std::string authority_of(const crds::ScanRegistrySpec& spec) {
  const std::size_t after_address = spec.server.starts_with('[') ? spec.server.find(']') : 0;
  const bool has_port = spec.server.find(':', after_address) != std::string::npos;
  return has_port ? spec.server : spec.server + (spec.tls.plain_http ? ":80" : ":443");
}

}  // namespace

RegistrySettings settings_for(const ScanRegistries& registries, const std::string& host, const std::string& ns) {
  RegistrySettings settings;
  for (const auto& registry : registries) {
    const crds::ScanRegistrySpec& spec = registry->spec;
    // A registry's token service may be on another private host of the same cluster, so all that are named count.
    settings.policy.private_hosts.insert(authority_of(spec));
    if (spec.tls.plain_http) {
      settings.policy.plain_http_hosts.insert(authority_of(spec));
    }
    if (spec.server != host) {
      continue;
    }
    settings.policy.trusted_realm_hosts.insert(spec.auth.realm_hosts.begin(), spec.auth.realm_hosts.end());
    settings.attached_sboms = settings.attached_sboms || spec.attached_sboms;
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

}  // namespace pratique_operator::reconcilers

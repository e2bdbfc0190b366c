#include "operator/reconcilers/registry_login.h"

#include <memory>
#include <variant>

#include "base/image_reference.h"
#include "base/log.h"

namespace pratique_operator::reconcilers {
namespace {

using kubernetes::Condition;

// Of the whole server where there is one, else of the first of its repositories that the Secret names.
std::optional<registry::Credential> credential_for(const registry::Keyring& keyring, const std::string& server) {
  const auto of_server = registry::matching_credentials(keyring, base::parse_image_reference(server + "/any:any"));
  if (!of_server.empty()) {
    return of_server.front();
  }
  for (const registry::KeyringEntry& entry : keyring) {
    if (entry.location.starts_with(server + "/")) {
      return entry.credential;
    }
  }
  return std::nullopt;
}

// The credential of spec.auth.secretRef, or why there is none.
std::variant<registry::Credential, Condition> read_credential(const crds::ScanRegistrySpec& spec,
                                                              kubernetes::ApiClient& api) {
  constexpr int kForbidden = 403;
  const kubernetes::ObjectKey secret{.ns = spec.ns, .name = spec.auth.secret_ref->name};
  try {
    if (const auto credential = credential_for(read_keyring(api, secret), spec.server)) {
      return *credential;
    }
  } catch (const kubernetes::ApiError& error) {
    if (error.status() != kForbidden) {
      throw;
    }
    return no_credential("SecretForbidden", base::escape_text(error.what(), 700) +
                                                "; let the operator read it by a Role and RoleBinding of the "
                                                "namespace: docs/installation.md");
  } catch (const base::ConfigError& error) {
    return no_credential("SecretUnusable", base::escape_text(error.what(), 700));
  }
  return no_credential("SecretUnusable", "Secret " + secret.text() + " has no credentials for " + spec.server);
}

// The credential that the account of spec.auth.provider gives, or why there is none.
std::variant<registry::Credential, Condition> ask_provider(const crds::ScanRegistrySpec& spec,
                                                           const ProviderCredential& provider_credential,
                                                           const std::stop_token& stop) {
  try {
    return provider_credential(spec.auth.provider, spec.server, stop);
  } catch (const base::Error& error) {
    return no_credential("ProviderFailed",
                         "RegistryProvider " + spec.auth.provider + ": " + base::escape_text(error.what(), 700));
  }
}

}  // namespace

RegistryConditions ask_registry(const crds::ScanRegistry& registry, kubernetes::ApiClient& api,
                                const ProviderCredential& provider_credential, const base::Clock& clock,
                                std::stop_token stop) {
  const crds::ScanRegistrySpec& spec = registry.spec;
  const RegistrySettings settings =
      settings_for({std::make_shared<const crds::ScanRegistry>(registry)}, spec.server, spec.ns);
  registry::ProbeSettings probe{
      .server = spec.server, .policy = settings.policy, .ca_bundle_pem = settings.ca_bundle_pem};
  std::optional<Condition> refusal;
  if (spec.auth.secret_ref || !spec.auth.provider.empty()) {
    const auto read = spec.auth.secret_ref ? read_credential(spec, api) : ask_provider(spec, provider_credential, stop);
    if (const auto* condition = std::get_if<Condition>(&read)) {
      refusal = *condition;
    } else {
      probe.credential = std::get<registry::Credential>(read);
    }
  }
  RegistryConditions said = reached(spec, registry::probe_registry(probe, clock, std::move(stop)));
  said.authenticated = refusal.value_or(said.authenticated);
  return said;
}

}  // namespace pratique_operator::reconcilers

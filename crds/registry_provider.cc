#include "crds/registry_provider.h"

#include "crds/metadata_fields.h"
#include "crds/scan_registry_fields.h"

namespace crds {

constexpr std::array<EnumWord<AzureCloud>, 3> enum_words(AzureCloud) {
  return {
      {{AzureCloud::kPublic, "Public"}, {AzureCloud::kChina, "China"}, {AzureCloud::kUsGovernment, "USGovernment"}}};
}

template <typename Visitor, MaybeConst<AzureAccount> C>
void visit_fields(Visitor& visit, C& account) {
  visit("subscription", account.subscription);
  visit("cloud", account.cloud);
  visit("tenant", account.tenant);
  visit("clientID", account.client_id);
}

template <typename Visitor, MaybeConst<AwsAccount> C>
void visit_fields(Visitor& visit, C& account) {
  visit("account", account.account);
  visit("region", account.region);
  visit("roleARN", account.role_arn);
}

template <typename Visitor, MaybeConst<GoogleAccount> C>
void visit_fields(Visitor& visit, C& account) {
  visit("project", account.project);
  visit("location", account.location);
  visit("workloadIdentityProvider", account.workload_identity_provider);
  visit("serviceAccount", account.service_account);
}

template <typename Visitor, MaybeConst<HarborAccount> C>
void visit_fields(Visitor& visit, C& account) {
  visit("url", account.url);
}

template <typename Visitor, MaybeConst<ProviderIdentity> C>
void visit_fields(Visitor& visit, C& identity) {
  visit("serviceAccountName", identity.service_account_name);
  visit("secretRef", identity.secret_ref);
}

template <typename Visitor, MaybeConst<ProviderEndpoints> C>
void visit_fields(Visitor& visit, C& endpoints) {
  visit("login", endpoints.login);
  visit("management", endpoints.management);
  visit("sts", endpoints.sts);
  visit("ecr", endpoints.ecr);
  visit("artifactRegistry", endpoints.artifact_registry);
  visit("iamCredentials", endpoints.iam_credentials);
  visit("caBundle", endpoints.ca_bundle);
}

template <typename Visitor, MaybeConst<ScanRegistryTemplate> C>
void visit_fields(Visitor& visit, C& registry) {
  visit("namespace", registry.ns);
  visit("events", registry.events);
  visit("retention", registry.retention);
  visit("discovery", registry.discovery);
  visit("rateLimit", registry.rate_limit);
}

template <typename Visitor, MaybeConst<RegistryProviderSpec> C>
void visit_fields(Visitor& visit, C& spec) {
  visit("azure", spec.azure);
  visit("aws", spec.aws);
  visit("google", spec.google);
  visit("harbor", spec.harbor);
  visit("identity", spec.identity);
  visit("endpoints", spec.endpoints);
  visit("template", spec.registry_template);
  visit("interval", spec.interval);
  visit("suspend", spec.suspend);
}

template <typename Visitor, MaybeConst<RegistryProviderStatus> C>
void visit_fields(Visitor& visit, C& status) {
  visit("observedGeneration", status.observed_generation);
  visit("conditions", status.conditions);
  visit("registries", status.registries);
  visit("lastListed", status.last_listed);
}

template <typename Visitor, MaybeConst<RegistryProvider> C>
void visit_fields(Visitor& visit, C& provider) {
  visit("metadata", provider.metadata);
  visit("spec", provider.spec);
  visit("status", provider.status);
}

void from_json(const nlohmann::json& json, RegistryProvider& provider) {
  read_fields(json, provider);
}

void to_json(nlohmann::json& json, const RegistryProvider& provider) {
  json = write_object(kRegistryProvider, provider);
  if (provider.status == RegistryProviderStatus{}) json.erase("status");
}

}  // namespace crds

// RegistryProvider: an account whose registries are found and covered by themselves. Cluster-scoped.
#pragma once

#include "crds/metadata.h"
#include "crds/scan_registry.h"

namespace crds {

inline const kubernetes::ResourceType kRegistryProvider{std::string(kGroup), std::string(kVersion), "RegistryProvider",
                                                        "registryproviders", false};

enum class AzureCloud : std::uint8_t { kPublic, kChina, kUsGovernment };

struct AzureAccount {
  std::string subscription;
  AzureCloud cloud = AzureCloud::kPublic;
  std::string tenant;
  std::string client_id;
  bool operator==(const AzureAccount&) const = default;
};

struct AwsAccount {
  std::string account;  // 12 digits
  std::string region;
  std::string role_arn;
  bool operator==(const AwsAccount&) const = default;
};

struct GoogleAccount {
  std::string project;
  std::string location;                    // empty: all
  std::string workload_identity_provider;  // "projects/1/locations/global/workloadIdentityPools/p/providers/q"
  std::string service_account;             // to act as; empty: as the federated identity itself
  bool operator==(const GoogleAccount&) const = default;
};

struct HarborAccount {
  std::string url;
  bool operator==(const HarborAccount&) const = default;
};

// Who asks: a service account of the operator's namespace, by whose tokens the cloud knows it, or a Secret there.
struct ProviderIdentity {
  std::string service_account_name;
  std::optional<SecretReference> secret_ref;  // the key is not looked at
  bool operator==(const ProviderIdentity&) const = default;
};

// Where the account's APIs are, instead of the cloud's public addresses; https URLs.
struct ProviderEndpoints {
  std::string login;
  std::string management;
  std::string sts;
  std::string ecr;
  std::string artifact_registry;
  std::string iam_credentials;
  std::string ca_bundle;  // PEM, for these and for Harbor
  bool operator==(const ProviderEndpoints&) const = default;
};

// What each ScanRegistry gets.
struct ScanRegistryTemplate {
  std::string ns;
  std::optional<RegistryEvents> events;
  Retention retention;
  std::optional<Discovery> discovery;  // absent: every image, once an hour
  RateLimit rate_limit;
  bool operator==(const ScanRegistryTemplate&) const = default;
};

struct RegistryProviderSpec {
  std::optional<AzureAccount> azure;  // one of the four
  std::optional<AwsAccount> aws;
  std::optional<GoogleAccount> google;
  std::optional<HarborAccount> harbor;
  ProviderIdentity identity;
  ProviderEndpoints endpoints;
  ScanRegistryTemplate registry_template;
  std::string interval;
  bool suspend = false;
  bool operator==(const RegistryProviderSpec&) const = default;
};

struct RegistryProviderStatus {
  std::int64_t observed_generation = 0;
  std::vector<kubernetes::Condition> conditions;  // Authenticated, Listed, Ready
  std::optional<std::int64_t> registries;
  std::string last_listed;
  bool operator==(const RegistryProviderStatus&) const = default;
};

struct RegistryProvider {
  Metadata metadata;
  RegistryProviderSpec spec;
  RegistryProviderStatus status;
  bool operator==(const RegistryProvider&) const = default;
};

// Throws base::ParseError that names the field.
void from_json(const nlohmann::json& json, RegistryProvider& provider);
void to_json(nlohmann::json& json, const RegistryProvider& provider);

}  // namespace crds

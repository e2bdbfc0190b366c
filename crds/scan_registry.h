// ScanRegistry: a registry: its events, discovery, credentials and limits. Cluster-scoped.
#pragma once

#include <algorithm>

#include "crds/metadata.h"

namespace crds {

inline const kubernetes::ResourceType kScanRegistry{std::string(kGroup), std::string(kVersion), "ScanRegistry",
                                                    "scanregistries", false};

// A Secret in the operator's namespace.
struct SecretReference {
  std::string name;
  std::string key;
  bool operator==(const SecretReference&) const = default;
};

struct RegistryAuth {
  std::optional<SecretReference> secret_ref;  // dockerconfigjson, in spec.namespace
  std::string provider;                       // a RegistryProvider, whose account lets spec.namespace pull
  std::vector<std::string> realm_hosts;
  bool operator==(const RegistryAuth&) const = default;
};

struct RegistryTls {
  std::string ca_bundle;  // PEM
  bool plain_http = false;
  bool operator==(const RegistryTls&) const = default;
};

// As hosts.toml of containerd has them: Pull serves what a digest names, Resolve says which digest a tag means.
enum class MirrorCapability : std::uint8_t { kPull, kResolve };

struct RegistryMirror {
  std::string location;  // "host[:port][/path]"
  std::vector<MirrorCapability> capabilities = {MirrorCapability::kPull, MirrorCapability::kResolve};

  [[nodiscard]] bool can(MirrorCapability capability) const {
    return std::ranges::find(capabilities, capability) != capabilities.end();
  }
  bool operator==(const RegistryMirror&) const = default;
};

// What sends the events. docs/push-events.md says of each what it sends and how it proves itself.
enum class EventFormat : std::uint8_t {
  kDistribution,
  kAzure,
  kEventGrid,
  kHarbor,
  kQuay,
  kDockerHub,
  kGhcr,
  kGitea,
  kGitLab,
  kEcr,
  kArtifactRegistry,
  kJFrog,
  kNexus,
  kCloudEvents,
  kSigned,
};

// An identity token (OpenID Connect) that must come with each event.
struct EventToken {
  std::string issuer;     // https URL
  std::string audience;   // one of the token's
  std::string subject;    // the token's subject, or its verified email
  std::string keys_url;   // empty: the issuer's OpenID configuration names it
  std::string ca_bundle;  // PEM, for the issuer; empty: the system's
  bool operator==(const EventToken&) const = default;
};

struct RegistryEvents {
  EventFormat format = EventFormat::kDistribution;
  std::optional<SecretReference> secret_ref;
  std::string client_ca_bundle;  // PEM: a client certificate of one of these must be shown
  std::optional<EventToken> token;
  std::vector<std::string> hosts;         // further names of the server in events
  std::vector<std::string> repositories;  // globs; empty: all
  bool operator==(const RegistryEvents&) const = default;
};

struct Retention {
  std::string age = "30d";
  std::int64_t tags = 50;
  bool operator==(const Retention&) const = default;
};

struct DiscoveryTags {
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  std::optional<std::int64_t> newest;  // by when their images were built
  std::string max_age;                 // since then
  bool operator==(const DiscoveryTags&) const = default;
};

struct Discovery {
  std::vector<std::string> repositories;  // globs
  DiscoveryTags tags;
  std::string interval;
  bool operator==(const Discovery&) const = default;
};

struct RateLimit {
  std::optional<std::int64_t> requests_per_second;
  std::optional<std::int64_t> concurrent;
  bool operator==(const RateLimit&) const = default;
};

struct AttestationPush {
  SecretReference signing_key;  // private key, PEM; in the operator's namespace
  SecretReference secret_ref;   // dockerconfigjson that may push; in the operator's namespace, its key is not looked at
  bool operator==(const AttestationPush&) const = default;
};

// Inventories that are attached to the registry's images, signed: docs/formats/inventory-attestation.md.
struct Attestations {
  std::vector<std::string> accept_keys;  // PEM; whose inventories are taken instead of a scan
  std::optional<AttestationPush> push;   // what is scanned here is attached
  bool operator==(const Attestations&) const = default;
};

struct ScanRegistrySpec {
  std::string server;  // "host" or "host:port"
  std::string ns;      // "namespace": where its ImageScans go
  RegistryAuth auth;
  RegistryTls tls;
  std::vector<RegistryMirror> mirrors;  // where its repositories are read first, in order
  std::optional<RegistryEvents> events;
  Retention retention;
  std::optional<Discovery> discovery;
  RateLimit rate_limit;
  bool attached_sboms = false;  // whether SBOMs that are attached to its images are read
  Attestations attestations;
  bool operator==(const ScanRegistrySpec&) const = default;
};

// What the images of one registry in one namespace have cost; but for the images that there are, it only rises.
struct NamespaceUsage {
  std::string name;
  std::int64_t images = 0;
  std::int64_t scans = 0;
  std::int64_t bytes_fetched = 0;
  std::int64_t scan_seconds = 0;
  bool operator==(const NamespaceUsage&) const = default;
};

struct ScanRegistryStatus {
  std::int64_t observed_generation = 0;
  std::vector<kubernetes::Condition> conditions;  // Ready, Reachable, Authenticated, EventsReceiving, Discovered, ...
  std::optional<std::int64_t> images;
  std::optional<std::int64_t> scanned;
  std::optional<std::int64_t> scans;  // this and what follows only rise
  std::optional<std::int64_t> bytes_fetched;
  std::optional<std::int64_t> scan_seconds;
  std::vector<NamespaceUsage> namespaces;  // the dearest first
  std::string last_event;
  std::string last_discovery;
  std::string throttled_until;
  bool operator==(const ScanRegistryStatus&) const = default;
};

struct ScanRegistry {
  Metadata metadata;
  ScanRegistrySpec spec;
  ScanRegistryStatus status;
  bool operator==(const ScanRegistry&) const = default;
};

// Throws base::ParseError that names the field.
void from_json(const nlohmann::json& json, ScanRegistry& registry);
void to_json(nlohmann::json& json, const ScanRegistry& registry);
void to_json(nlohmann::json& json, const ScanRegistrySpec& spec);
void to_json(nlohmann::json& json, const ScanRegistryStatus& status);

}  // namespace crds

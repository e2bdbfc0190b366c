#include "crds/scan_registry.h"

#include "crds/metadata_fields.h"
#include "crds/scan_registry_fields.h"

namespace crds {

constexpr std::array<EnumWord<MirrorCapability>, 2> enum_words(MirrorCapability) {
  return {{{MirrorCapability::kPull, "Pull"}, {MirrorCapability::kResolve, "Resolve"}}};
}

template <typename Visitor, MaybeConst<RegistryMirror> C>
void visit_fields(Visitor& visit, C& mirror) {
  visit("location", mirror.location);
  visit("capabilities", mirror.capabilities);
}

template <typename Visitor, MaybeConst<AttestationPush> C>
void visit_fields(Visitor& visit, C& push) {
  visit("signingKeyRef", push.signing_key);
  visit("secretRef", push.secret_ref);
}

template <typename Visitor, MaybeConst<Attestations> C>
void visit_fields(Visitor& visit, C& attestations) {
  visit("acceptKeys", attestations.accept_keys);
  visit("push", attestations.push);
}

template <typename Visitor, MaybeConst<ScanRegistrySpec> C>
void visit_fields(Visitor& visit, C& spec) {
  visit("server", spec.server);
  visit("namespace", spec.ns);
  visit("auth", spec.auth);
  visit("tls", spec.tls);
  visit("mirrors", spec.mirrors);
  visit("events", spec.events);
  visit("retention", spec.retention);
  visit("discovery", spec.discovery);
  visit("rateLimit", spec.rate_limit);
  visit("attachedSBOMs", spec.attached_sboms);
  visit("attestations", spec.attestations);
}

template <typename Visitor, MaybeConst<NamespaceUsage> C>
void visit_fields(Visitor& visit, C& usage) {
  visit("name", usage.name);
  visit("images", usage.images);
  visit("scans", usage.scans);
  visit("bytesFetched", usage.bytes_fetched);
  visit("scanSeconds", usage.scan_seconds);
}

template <typename Visitor, MaybeConst<ScanRegistryStatus> C>
void visit_fields(Visitor& visit, C& status) {
  visit("observedGeneration", status.observed_generation);
  visit("conditions", status.conditions);
  visit("images", status.images);
  visit("scanned", status.scanned);
  visit("scans", status.scans);
  visit("bytesFetched", status.bytes_fetched);
  visit("scanSeconds", status.scan_seconds);
  visit("namespaces", status.namespaces);
  visit("lastEvent", status.last_event);
  visit("lastDiscovery", status.last_discovery);
  visit("throttledUntil", status.throttled_until);
}

template <typename Visitor, MaybeConst<ScanRegistry> C>
void visit_fields(Visitor& visit, C& registry) {
  visit("metadata", registry.metadata);
  visit("spec", registry.spec);
  visit("status", registry.status);
}

void from_json(const nlohmann::json& json, ScanRegistry& registry) {
  read_fields(json, registry);
}

void to_json(nlohmann::json& json, const ScanRegistry& registry) {
  json = write_object(kScanRegistry, registry);
  if (registry.status == ScanRegistryStatus{}) json.erase("status");
}

void to_json(nlohmann::json& json, const ScanRegistrySpec& spec) {
  json = write_fields(spec);
}

void to_json(nlohmann::json& json, const ScanRegistryStatus& status) {
  json = write_fields(status);
}

}  // namespace crds

// What the conditions of a ScanRegistry say. Pure. docs/crds/scan_registry.md lists every reason.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "crds/scan_registry.h"
#include "kubernetes/resource.h"
#include "registry/registry_probe.h"

namespace pratique_operator::reconcilers {

// What asking the registry gave.
struct RegistryConditions {
  kubernetes::Condition reachable;
  kubernetes::Condition authenticated;
};

// `answer` to a probe with the credential of spec.auth.secretRef, or without one where the spec names none.
[[nodiscard]] RegistryConditions reached(const crds::ScanRegistrySpec& spec, const registry::ProbeAnswer& answer);

// The registry answers to nobody; `message` says why.
[[nodiscard]] RegistryConditions unreachable(const std::string& message);

// Condition Authenticated where the Secret of spec.auth.secretRef gives no credential for the server.
[[nodiscard]] kubernetes::Condition no_credential(const std::string& reason, const std::string& message);

// Follows Reachable, and Authenticated where that is False.
[[nodiscard]] kubernetes::Condition ready_by(const RegistryConditions& said);

// While no event has arrived yet.
[[nodiscard]] kubernetes::Condition not_receiving(const crds::ScanRegistrySpec& spec);

// Until the registry has been walked through for the first time.
[[nodiscard]] kubernetes::Condition not_discovered(const crds::ScanRegistrySpec& spec);

// Condition Attested, by how the last inventory fared that was to be attached to one of its images (empty: well;
// nullopt: none was since this process began, so that what the object says still stands). Nullopt where nothing is to
// be attached and nothing ever was.
[[nodiscard]] std::optional<kubernetes::Condition> attested_by(const crds::ScanRegistry& registry,
                                                               const std::optional<std::string>& last_push);

// Condition Throttled, by when the registry may be asked again (nullopt: now). Nullopt where it never was throttled.
[[nodiscard]] std::optional<kubernetes::Condition> throttled_by(const crds::ScanRegistry& registry,
                                                                std::optional<base::SystemTime> until);

}  // namespace pratique_operator::reconcilers

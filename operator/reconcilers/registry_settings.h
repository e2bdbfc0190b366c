// What the ScanRegistries say about the hosts that the operator and the scanners may talk to. Pure.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/image_reference.h"
#include "crds/image_scan.h"
#include "crds/scan_registry.h"
#include "net/url_policy.h"

namespace pratique_operator::reconcilers {

using ScanRegistries = std::vector<std::shared_ptr<const crds::ScanRegistry>>;

struct RegistrySettings {
  net::UrlPolicy policy;
  std::string ca_bundle_pem;    // of the registry that serves the host; empty: the system's
  bool attached_sboms = false;  // some ScanRegistry of the host wants them read
  // Secrets (dockerconfigjson) of ScanRegistries of this host whose ImageScans live in the namespace that asks. Another
  // namespace's pull right must not be lent.
  std::vector<crds::SecretReference> secrets;
  std::vector<std::string> providers;         // RegistryProviders, likewise
  std::size_t scans_at_once = 0;              // of its images; 0: no bound
  std::vector<std::string> attestation_keys;  // PEM; whose inventories of its images are taken instead of a scan
  std::optional<crds::AttestationPush> attestation_push;
  std::vector<crds::RegistryMirror> mirrors;  // where the host's repositories are read first, in order
};

// For pulls from `host` ("registry:5000", "docker.io") by an ImageScan of `ns`.
[[nodiscard]] RegistrySettings settings_for(const ScanRegistries& registries, const std::string& host,
                                            const std::string& ns);
// The same for pulls of what this reference names, which may be in a mirror: inventories there are believed as those of
// the registry whose mirror it is, and of no other that has its mirror on the same host.
[[nodiscard]] RegistrySettings settings_for(const ScanRegistries& registries, const base::ImageReference& read,
                                            const std::string& ns);

// The keys (net::key_id()) whose inventories some ScanRegistry takes.
[[nodiscard]] std::set<std::string> accepted_keys(const ScanRegistries& registries);

// Whether all that attestations told of the ImageScan's image was signed by these.
[[nodiscard]] bool is_attested_by(const crds::ImageScan& scan, const std::set<std::string>& keys);

// The same image in a mirror, "host[:port][/path]": "docker.io/library/nginx:1" in "mirror:5000/hub" is
// "mirror:5000/hub/library/nginx:1".
[[nodiscard]] base::ImageReference in_mirror(const std::string& location, const base::ImageReference& reference);

}  // namespace pratique_operator::reconcilers

// The names of the objects that Pratique makes: deterministic, so that doing it twice is doing it once.
// docs/ARCHITECTURE.md, section 8.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/image_reference.h"

namespace crds {

// "<repository's last part>-<tag or 12 of the digest>-<10 hex of sha256(normalised reference)>", a DNS subdomain of at
// most 150 bytes. A reference with both a tag and a digest shows its tag and is hashed with both.
[[nodiscard]] std::string image_scan_name(const base::ImageReference& reference);

// "sha256-<64 hex>" of the platform manifest.
[[nodiscard]] std::string image_report_name(const base::Digest& manifest);
// The manifest of the ImageReport of this name; nullopt where no ImageReport of ours is called so.
[[nodiscard]] std::optional<base::Digest> manifest_of_report(std::string_view name);

struct FindingIdentity {
  std::string_view id;            // primary: the CVE where there is one
  std::string_view package_type;  // purl type
  std::string_view source_package;
};
// "<id in lower case, anything but [a-z0-9-] as ->-<8 hex of sha256(id, package type, source package)>".
[[nodiscard]] std::string finding_name(const FindingIdentity& identity);

}  // namespace crds

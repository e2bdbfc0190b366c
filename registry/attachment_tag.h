// Tags of what is attached to an image: the OCI distribution specification's "Referrers Tag Schema", and cosign's.
#pragma once

#include <string_view>

namespace registry {

// Whether the tag names the digest of another image, as those of signatures, attestations and lists of referrers do:
// "sha256-<64 hex digits>", and the same with ".sig", ".att" or another ending.
[[nodiscard]] bool is_attachment_tag(std::string_view tag);

}  // namespace registry

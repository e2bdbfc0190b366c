// Manifests, indexes and image configs: OCI image specification 1.1 and Docker image manifest v2 schema 2.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "registry/image_source.h"

namespace registry {

// The value of the Accept header: everything that parse_manifest() reads.
[[nodiscard]] std::string_view manifest_media_types();

struct IndexEntry {
  Descriptor descriptor;
  std::string skip_reason;  // not empty: not an image that runs (an attestation)
  // The manifest that this one is an attestation of, as BuildKit says it:
  // https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md
  std::optional<base::Digest> attests{};
};

struct ImageIndex {
  base::Digest digest;
  std::vector<IndexEntry> entries;
};

// Parses a manifest's bytes, whose digest the caller has computed. `content_type` may be empty. Throws base::ParseError
// (malformed, Docker schema 1, a type that says one thing and fields that say another) and base::LimitExceeded
// (limits.h).
[[nodiscard]] std::variant<Manifest, ImageIndex> parse_manifest(std::string_view bytes, const base::Digest& digest,
                                                                std::string_view content_type);

// What a page of the index of the manifest's referrers lists: OCI distribution specification, "Listing Referrers".
// Throws as parse_manifest() does.
[[nodiscard]] Referrers parse_referrers(std::string_view bytes, const base::Digest& manifest);

// The platform that an image config states; nullopt when it is none (a chart's or a signature's config). A config's
// media type decides nothing, because not every runtime looks at it. Throws base::LimitExceeded.
[[nodiscard]] std::optional<Platform> find_config_platform(std::string_view bytes, const base::Digest& digest);

// The digests of the layers' uncompressed bytes, base first: what the config says in `rootfs.diff_ids`. Throws
// base::ParseError where it says none, base::LimitExceeded.
[[nodiscard]] std::vector<base::Digest> config_diff_ids(std::string_view bytes, const base::Digest& digest);

// When the config says that its image was built; nullopt where it does not. Throws base::LimitExceeded.
[[nodiscard]] std::optional<base::SystemTime> config_created_at(std::string_view bytes, const base::Digest& digest);

}  // namespace registry

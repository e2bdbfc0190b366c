// SBOMs that somebody attached to an image in its registry: fetched here, and handed to the child that puts the image
// together as a layer that holds one file. They are what somebody else says: whoever may push to the repository may
// attach one. They can add packages and never take one away; a signature, where keys are given, is told and changes
// nothing of that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "registry/image_source.h"
#include "scanner/report.h"

namespace scanner {

// Of one image; what is past them is a warning.
inline constexpr std::size_t kAttachmentsMax = 100;
inline constexpr std::size_t kAttachedSbomsMax = 8;
inline constexpr std::uint64_t kAttachedSbomBytesMax = std::uint64_t{32} << 20;

struct AttachedSbom {
  base::Digest digest;  // of the document
  std::string text;     // nobody has read it
  // Set where the document lies at the index, which has other platforms as well: it counts only if it says that it is
  // about this manifest.
  std::optional<base::Digest> about{};
};

struct AttachedSboms {
  std::vector<AttachedSbom> sboms;
  std::vector<ScanWarning> warnings;  // of what was too large or too much, and of signatures
};

struct AttachmentQuery {
  base::Digest manifest;               // of the platform
  std::optional<base::Digest> index;   // that led there
  std::vector<std::string> keys = {};  // PEM; none: no signature is looked at
};

// Everything whose media type may be that of an SBOM, in order of the digests: what is attached to the manifest or to
// the index (OCI referrers, cosign's tags), and what the index holds of attestations of the manifest. Statements of
// provenance have the same types. A list, or an attachment's manifest, that cannot be read is a warning. Throws what
// ImageSource throws for the lists and the documents: base::NetworkError also where all of them take too long.
[[nodiscard]] AttachedSboms fetch_attached_sboms(registry::ImageSource& source, const AttachmentQuery& query,
                                                 const base::Patience& patience);

// The layer, a tar. Its file lies at the root, so that it counts only for what is installed nowhere in the image.
[[nodiscard]] std::string layer_of(const AttachedSbom& sbom);

}  // namespace scanner

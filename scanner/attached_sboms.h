// SBOMs that somebody attached to an image in its registry (OCI referrers): fetched here, and handed to the child that
// puts the image together as a layer that holds one file. They are what somebody else says: whoever may push to the
// repository may attach one, and no signature is looked at. They can add packages and never take one away.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "registry/image_source.h"
#include "scanner/report.h"

namespace scanner {

// Of one image; what is past it is a warning.
inline constexpr std::size_t kAttachedSbomsMax = 8;
inline constexpr std::uint64_t kAttachedSbomBytesMax = std::uint64_t{32} << 20;

struct AttachedSbom {
  base::Digest digest;  // of the document
  std::string text;     // nobody has read it
};

struct AttachedSboms {
  std::vector<AttachedSbom> sboms;
  std::vector<ScanWarning> warnings;  // of what was too large or too much
};

// Everything attached to the manifest whose media type may be that of an SBOM, in order of the digests; statements of
// provenance have the same types. A list, or an attachment's manifest, that cannot be read is a warning. Throws what
// ImageSource throws for the list and the documents.
[[nodiscard]] AttachedSboms fetch_attached_sboms(registry::ImageSource& source, const base::Digest& manifest,
                                                 const std::stop_token& stop);

// The layer, a tar. Its file lies at the root, so that it counts only for what is installed nowhere in the image.
[[nodiscard]] std::string layer_of(const AttachedSbom& sbom);

}  // namespace scanner

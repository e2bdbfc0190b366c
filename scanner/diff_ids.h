// Whether an image's layers are, unpacked, what its configuration says: its "diff_ids" (OCI image specification,
// config.md, "rootfs"). A runtime starts no image of which they are not. Nothing else rests on them: layers are known
// by the digests of their compressed bytes, which are always verified.
#pragma once

#include <optional>
#include <vector>

#include "base/digest.h"
#include "registry/image_source.h"
#include "scanner/layer_reading.h"
#include "scanner/report.h"

namespace scanner {

// What the configuration says, base first: one for each layer. Throws base::ParseError where it says something else,
// and what ImageSource throws.
[[nodiscard]] std::vector<base::Digest> fetch_diff_ids(registry::ImageSource& source,
                                                       const registry::Manifest& manifest,
                                                       const base::Patience& patience);

// A warning that makes the image incomplete where the layer, by its readout, is not what `said` is, or where that could
// not be seen.
[[nodiscard]] std::optional<ScanWarning> differing_diff_id(const base::Digest& layer, const LayerReadout& readout,
                                                           const base::Digest& said);

}  // namespace scanner

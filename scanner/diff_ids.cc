#include "scanner/diff_ids.h"

#include <fmt/format.h>

#include "base/error.h"
#include "registry/limits.h"
#include "registry/manifest.h"

namespace scanner {

std::vector<base::Digest> fetch_diff_ids(registry::ImageSource& source, const registry::Manifest& manifest,
                                         const base::Patience& patience) {
  const registry::Descriptor& config = manifest.config;
  std::vector<base::Digest> diff_ids = registry::config_diff_ids(
      registry::read_blob(source, config, registry::kConfigBytesMax, patience), config.digest);
  if (diff_ids.size() != manifest.layers.size()) {
    throw base::ParseError(fmt::format("image config {}: {} diff_ids, and the manifest has {} layers",
                                       config.digest.text(), diff_ids.size(), manifest.layers.size()));
  }
  return diff_ids;
}

std::optional<ScanWarning> differing_diff_id(const base::Digest& layer, const LayerReadout& readout,
                                             const base::Digest& said) {
  if (readout.warning) return std::nullopt;  // nothing of it is in the image, which is said
  if (!readout.diff_id) {
    return ScanWarning{.reason = "Unreadable",
                       .path = layer.text(),
                       .message = "not read to its end: whether its diff_id is right was not seen"};
  }
  if (*readout.diff_id == said) return std::nullopt;
  return ScanWarning{
      .reason = "CorruptLayer",
      .path = layer.text(),
      .message = fmt::format("its diff_id is {}, and the image's configuration says {}: runtimes refuse it",
                             readout.diff_id->text(), said.text())};
}

}  // namespace scanner

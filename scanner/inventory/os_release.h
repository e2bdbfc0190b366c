// os-release(5): which distribution an image is.
#pragma once

#include <string_view>

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {

// Counts before any other file that names the distribution.
inline constexpr std::string_view kOsReleasePath = "etc/os-release";

class OsReleaseExtractor final : public Extractor {
 public:
  [[nodiscard]] std::string_view name() const override { return "os-release"; }
  [[nodiscard]] int version() const override { return 1; }
  [[nodiscard]] bool wants(std::string_view path) const override;
  [[nodiscard]] Extraction extract(const ImageFile& file) const override;
  [[nodiscard]] std::span<const std::string_view> fixed_paths() const override;
};

// Lines that cannot be read are passed over, as the page demands; without an ID the distribution is unknown.
[[nodiscard]] Distribution parse_os_release(std::string_view content);

// Whether its packages' versions are told by some feed under its own name: a derivative that is not known must not be
// judged by its parent's advisories.
[[nodiscard]] bool is_known(const Distribution& distribution);

}  // namespace scanner::inventory

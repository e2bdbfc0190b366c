// Programs of the Go tool chain: the modules that they were built of, and the standard library.
#pragma once

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {

class GoExtractor final : public Extractor {
 public:
  [[nodiscard]] std::string_view name() const override { return "go"; }
  [[nodiscard]] int version() const override { return 1; }
  [[nodiscard]] bool wants(std::string_view /*path*/) const override { return false; }
  [[nodiscard]] std::string_view content_kind() const override { return "Go build information"; }
  // The content is the tool chain's version, a newline, and the module text of runtime/debug.BuildInfo.
  [[nodiscard]] Extraction extract(const ImageFile& file) const override;
};

}  // namespace scanner::inventory

// pacman: Arch Linux images.
#pragma once

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {

class AlpmExtractor final : public Extractor {
 public:
  [[nodiscard]] std::string_view name() const override { return "alpm"; }
  [[nodiscard]] int version() const override { return 1; }
  [[nodiscard]] bool wants(std::string_view path) const override;
  [[nodiscard]] Extraction extract(const ImageFile& file) const override;
};

}  // namespace scanner::inventory

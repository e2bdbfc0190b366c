// Portage: Gentoo and what is made of it.
#pragma once

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {

class PortageExtractor final : public Extractor {
 public:
  [[nodiscard]] std::string_view name() const override { return "portage"; }
  [[nodiscard]] int version() const override { return 1; }
  [[nodiscard]] bool wants(std::string_view path) const override;
  [[nodiscard]] Extraction extract(const ImageFile& file) const override;
};

}  // namespace scanner::inventory

// Portage: Gentoo and what is made of it.
#pragma once

#include <string_view>
#include <vector>

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {

class PortageExtractor final : public Extractor {
 public:
  [[nodiscard]] std::string_view name() const override { return "portage"; }
  [[nodiscard]] int version() const override { return 1; }
  [[nodiscard]] bool wants(std::string_view path) const override;
  [[nodiscard]] Extraction extract(const ImageFile& file) const override;
  [[nodiscard]] std::vector<std::string_view> example_paths() const override {
    return {"var/db/pkg/dev-libs/openssl-3.0.9-r1/CONTENTS"};
  }
};

}  // namespace scanner::inventory

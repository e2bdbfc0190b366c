// chisel: Ubuntu images that hold slices of packages and no package database.
#pragma once

#include <string_view>
#include <vector>

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {

class ChiselExtractor final : public Extractor {
 public:
  [[nodiscard]] std::string_view name() const override { return kChiselExtractor; }
  [[nodiscard]] int version() const override { return 1; }
  [[nodiscard]] bool wants(std::string_view path) const override;
  [[nodiscard]] Extraction extract(const ImageFile& file) const override;
  [[nodiscard]] std::span<const std::string_view> fixed_paths() const override;
  [[nodiscard]] std::vector<std::string_view> example_paths() const override {
    return {"var/lib/chisel/manifest.wall"};
  }
};

}  // namespace scanner::inventory

// pacman: Arch Linux images.
#pragma once

#include <string_view>
#include <vector>

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {

class AlpmExtractor final : public Extractor {
 public:
  [[nodiscard]] std::string_view name() const override { return "alpm"; }
  [[nodiscard]] int version() const override { return 1; }
  [[nodiscard]] bool wants(std::string_view path) const override;
  [[nodiscard]] Extraction extract(const ImageFile& file) const override;
  [[nodiscard]] std::vector<std::string_view> example_paths() const override {
    return {"var/lib/pacman/local/zlib-1-1/desc", "var/lib/pacman/local/zlib-1-1/files"};
  }
};

}  // namespace scanner::inventory

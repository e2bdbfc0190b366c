// Installed npm packages.
#pragma once

#include <string_view>
#include <vector>

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {

class NpmExtractor final : public Extractor {
 public:
  [[nodiscard]] std::string_view name() const override { return "npm"; }
  [[nodiscard]] int version() const override { return 1; }
  [[nodiscard]] bool wants(std::string_view path) const override;
  [[nodiscard]] std::vector<std::string_view> endings() const override;
  [[nodiscard]] Extraction extract(const ImageFile& file) const override;
  [[nodiscard]] std::vector<std::string_view> example_paths() const override {
    return {"node_modules/lodash/package.json"};
  }
};

}  // namespace scanner::inventory

// apk: Alpine and Wolfi images.
#pragma once

#include <string_view>
#include <vector>

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {

class ApkExtractor final : public Extractor {
 public:
  [[nodiscard]] std::string_view name() const override { return "apk"; }
  [[nodiscard]] int version() const override { return 1; }
  [[nodiscard]] bool wants(std::string_view path) const override;
  [[nodiscard]] Extraction extract(const ImageFile& file) const override;
  [[nodiscard]] std::span<const std::string_view> fixed_paths() const override;
  [[nodiscard]] std::vector<std::string_view> example_paths() const override { return {"lib/apk/db/installed"}; }
};

}  // namespace scanner::inventory

// apk: Alpine and Wolfi images.
#pragma once

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {

class ApkExtractor final : public Extractor {
 public:
  [[nodiscard]] std::string_view name() const override { return "apk"; }
  [[nodiscard]] int version() const override { return 1; }
  [[nodiscard]] bool wants(std::string_view path) const override;
  [[nodiscard]] Extraction extract(const ImageFile& file) const override;
  [[nodiscard]] std::span<const std::string_view> fixed_paths() const override;
};

}  // namespace scanner::inventory

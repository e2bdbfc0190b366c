// Rust programs that were built with cargo-auditable: the crates that they are made of.
#pragma once

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {

class RustProgramExtractor final : public Extractor {
 public:
  [[nodiscard]] std::string_view name() const override { return "rust-program"; }
  [[nodiscard]] int version() const override { return 1; }
  [[nodiscard]] bool wants(std::string_view /*path*/) const override { return false; }
  [[nodiscard]] std::string_view content_kind() const override { return "Rust dependency list"; }
  // The content is cargo-auditable's JSON text.
  [[nodiscard]] Extraction extract(const ImageFile& file) const override;
};

}  // namespace scanner::inventory

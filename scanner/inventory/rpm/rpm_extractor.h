// Packages of rpm: its databases, wherever a distribution keeps them, and the list that images without one carry.
#pragma once

#include <string_view>
#include <vector>

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {

class RpmExtractor final : public Extractor {
 public:
  [[nodiscard]] std::string_view name() const override { return "rpm"; }
  [[nodiscard]] int version() const override { return 1; }
  [[nodiscard]] bool wants(std::string_view path) const override;
  [[nodiscard]] Extraction extract(const ImageFile& file) const override;
  [[nodiscard]] std::span<const std::string_view> fixed_paths() const override;
  [[nodiscard]] std::vector<std::string_view> example_paths() const override {
    return {"var/lib/rpm/Packages", "var/lib/rpm/Packages.db", "var/lib/rpm/rpmdb.sqlite",
            "var/lib/rpmmanifest/container-manifest-2"};
  }
};

}  // namespace scanner::inventory

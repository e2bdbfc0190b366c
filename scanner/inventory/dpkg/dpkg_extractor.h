// dpkg: Debian, Ubuntu and distroless images.
#pragma once

#include <string_view>
#include <vector>

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {

class DpkgExtractor final : public Extractor {
 public:
  [[nodiscard]] std::string_view name() const override { return "dpkg"; }
  [[nodiscard]] int version() const override { return 1; }
  [[nodiscard]] bool wants(std::string_view path) const override;
  [[nodiscard]] Extraction extract(const ImageFile& file) const override;
  [[nodiscard]] std::span<const std::string_view> fixed_paths() const override;
  [[nodiscard]] std::span<const std::string_view> fixed_directories() const override;
  [[nodiscard]] std::vector<std::string_view> example_paths() const override {
    return {"var/lib/dpkg/status", "var/lib/dpkg/status.d/curl", "var/lib/dpkg/status.d/curl.md5sums",
            "var/lib/dpkg/info/curl.list"};
  }
};

}  // namespace scanner::inventory

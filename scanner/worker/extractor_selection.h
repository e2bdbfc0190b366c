// The extractors as the layers see them.
#pragma once

#include "scanner/layers/selection.h"

namespace scanner::worker {

class ExtractorSelection final : public layers::Selection {
 public:
  [[nodiscard]] std::uint32_t wanted_by(std::string_view path) const override;
  [[nodiscard]] bool may_be_wanted(std::string_view path) const override;
  [[nodiscard]] std::string_view unsupported_kind(std::string_view path) const override;
  [[nodiscard]] std::span<const std::string_view> fixed_paths() const override;
  [[nodiscard]] std::span<const std::string_view> fixed_directories() const override;
};

}  // namespace scanner::worker

// The extractors as the layers see them.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "scanner/inventory/limits.h"
#include "scanner/layers/limits.h"
#include "scanner/layers/selection.h"

namespace scanner::worker {

class ExtractorSelection final : public layers::Selection {
 public:
  // Of the limits those of archives are the extractors'.
  explicit ExtractorSelection(const layers::Limits& limits = {});
  [[nodiscard]] std::uint64_t wanted_by(std::string_view path) const override;
  [[nodiscard]] bool may_be_wanted(std::string_view path) const override;
  [[nodiscard]] Extraction read(std::string_view path, std::string_view content) const override;
  [[nodiscard]] Extraction read_content(std::string_view kind, std::string_view path,
                                        std::string_view content) const override;
  [[nodiscard]] std::uint64_t readers_of(std::string_view kind) const override;
  [[nodiscard]] std::vector<std::string> names_of(std::uint64_t extractors) const override;
  [[nodiscard]] std::string text_mark(std::string_view path) const override;
  [[nodiscard]] std::string_view unsupported_kind(std::string_view path) const override;
  [[nodiscard]] std::span<const std::string_view> fixed_paths() const override { return fixed_paths_; }
  [[nodiscard]] std::span<const std::string_view> fixed_directories() const override { return fixed_directories_; }

 private:
  inventory::ArchiveLimits archives_;
  std::vector<std::string_view> fixed_paths_;
  std::vector<std::string_view> fixed_directories_;
  std::vector<std::string_view> last_parts_of_paths_;
  std::vector<std::string_view> last_parts_of_directories_;
  // The extractors, as in wanted_by(), that may want a path whose last byte is this one: most files are no business of
  // most of them, and a layer may have millions.
  std::array<std::uint64_t, 256> asked_by_last_byte_{};
};

}  // namespace scanner::worker

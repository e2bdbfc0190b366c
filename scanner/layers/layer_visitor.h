// Puts the entries of one layer's tar into the image: names are made normal, whiteouts told from files, contents kept
// where somebody wants them. What cannot be followed becomes a warning.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/tar_reader.h"
#include "scanner/layers/content_recogniser.h"
#include "scanner/layers/image_filesystem.h"
#include "scanner/layers/limits.h"
#include "scanner/layers/selection.h"
#include "scanner/layers/warning_list.h"

namespace scanner::layers {

// What was seen in all layers; shared by their visitors.
struct ImageTally {
  std::uint64_t entries = 0;
  std::uint64_t raw_bytes = 0;
  std::uint64_t elf_files = 0;
};

class LayerVisitor final : public base::TarVisitor {
 public:
  LayerVisitor(ImageFilesystem& image, const Selection& selection, const Limits& limits, WarningList& warnings,
               ImageTally& tally);

  // Throws base::LimitExceeded at the entry past entries_max.
  void on_entry(const base::TarEntry& entry) override;
  void on_content(std::span<const std::byte> bytes) override;
  void on_entry_end() override;

 private:
  enum class Content { kIgnore, kRecognise, kKeep };

  void place(const base::TarEntry& entry, const std::string& path);
  void place_file(const base::TarEntry& entry);
  void place_hard_link(const base::TarEntry& entry);
  [[nodiscard]] bool place_whiteout(const std::string& path);
  void finish_recognising();

  ImageFilesystem& image_;
  const Selection& selection_;
  const Limits& limits_;
  WarningList& warnings_;
  ImageTally& tally_;
  std::string path_;  // of the entry whose content is streaming
  Content content_ = Content::kIgnore;
  std::string kept_;
  ContentRecogniser recogniser_;
};

}  // namespace scanner::layers

// Puts the entries of one layer's tar into the image: names are made normal, whiteouts told from files, contents kept
// where somebody wants them. What cannot be followed becomes a warning.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/tar_reader.h"
#include "scanner/layers/content_recogniser.h"
#include "scanner/layers/image_state.h"

namespace scanner::layers {

class LayerRecorder;

class LayerVisitor final : public base::TarVisitor {
 public:
  // `recorder` gets every change, too; null: there is none. All are borrowed and outlive the visitor.
  LayerVisitor(ImageState image, LayerRecorder* recorder) : image_(image), recorder_(recorder) {}

  // Throws base::LimitExceeded at the entry past entries_max.
  void on_entry(const base::TarEntry& entry) override;
  void on_content(std::span<const std::byte> bytes) override;
  void on_entry_end() override;

 private:
  enum class Content { kIgnore, kRecognise, kKeep };

  void warn_of_way(const std::string& path, const ResolvedPath& placed);
  [[nodiscard]] bool is_within_limits(const std::string& path);
  void place(const base::TarEntry& entry, const std::string& path);
  void place_file(const base::TarEntry& entry);
  void place_hard_link(const base::TarEntry& entry);
  [[nodiscard]] bool place_whiteout(const std::string& path);
  void place_opaque_mark(const std::string& path);
  void place_removal(const std::string& path, std::string_view removed);
  void keep_content();
  void finish_recognising();
  void read_content(std::string_view kind, std::string_view content, LayerChange& file);
  void past_limit();
  void note_readers(std::uint64_t extractors);
  void change(LayerChange change);

  ImageState image_;
  LayerRecorder* recorder_;
  std::string path_;         // of the entry whose content is streaming
  std::uint64_t bytes_ = 0;  // of that entry, as its head says
  Content content_ = Content::kIgnore;
  std::string kept_;
  ContentRecogniser recogniser_;
  std::uint64_t rust_tries_ = 0;  // of all files
};

}  // namespace scanner::layers

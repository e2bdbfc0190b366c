// A layer as its record: every change that it makes to an image, what its files told included, in some kilobytes.
// Merging records gives what merging the layers gives, because both are lists of the same changes, done by the same
// code. docs/formats/layer-record.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/layers/layer_change.h"
#include "scanner/layers/layer_reader.h"

namespace scanner::layers {

// Part of every cache key, beside kExtractorsVersion.
inline constexpr int kLayerRecordVersion = 4;

// A file takes some 5 bytes of a record, a package some 40: what is larger is read again each time. Before it is packed
// a record may take so much more, because it is held whole when it is merged.
inline constexpr std::size_t kLayerRecordBytesMax = std::size_t{2} << 20;
inline constexpr std::size_t kLayerRecordRawBytesMax = std::size_t{16} << 20;

// Writes the record of one layer while that is read. Memory: at most kLayerRecordBytesMax and some 2 MiB. Not
// thread-safe.
class LayerRecorder {
 public:
  LayerRecorder();
  ~LayerRecorder();
  LayerRecorder(const LayerRecorder&) = delete;
  LayerRecorder& operator=(const LayerRecorder&) = delete;

  void add(const LayerChange& change);
  // The layer could not be read to its end, or not within the limits: the record is good for the image at hand alone.
  void mark_partial() { is_whole_ = false; }
  // These extractors (Selection::wanted_by) were asked about a file of the layer.
  void note_readers(std::uint64_t extractors) { readers_ |= extractors; }
  [[nodiscard]] std::uint64_t readers() const { return readers_; }

  // `layer` and `warnings` are those of this layer alone, `readers` the names of readers(). Empty: the record would be
  // too large.
  [[nodiscard]] std::string finish(const ImageTally& layer, const std::vector<ScanWarning>& warnings,
                                   const std::vector<std::string>& readers);

 private:
  class Packer;

  std::unique_ptr<Packer> packer_;  // null once the record is too large
  std::string last_path_;
  std::uint64_t readers_ = 0;
  bool is_whole_ = true;
};

// What the first bytes of a record say; nothing else is judged.
struct RecordHead {
  bool is_whole = false;             // it holds all that its layer holds, so that it may be kept for other images
  std::vector<std::string> readers;  // names of the extractors whose files the layer has
};
// Nullopt for what no LayerRecorder wrote.
[[nodiscard]] std::optional<RecordHead> head_of_record(std::string_view record);
[[nodiscard]] bool is_whole_record(std::string_view record);

// Puts a recorded layer upon the image. Throws base::ParseError for what no LayerRecorder wrote; the image is then good
// for nothing. Past the image's limits it warns as LayerReader does.
void merge_record(ImageState image, std::string_view digest, std::string_view record);

}  // namespace scanner::layers

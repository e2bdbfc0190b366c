// One layer, from compressed bytes to the image: decompressor, tar reader and visitor under the limits. Bad content
// never throws; it becomes a warning that makes the image incomplete, and the rest of the layer is ignored.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/digest.h"
#include "scanner/layers/decompressor.h"
#include "scanner/layers/layer_visitor.h"

namespace scanner::layers {

// Who gets more of a layer than the image does; null: nobody. Borrowed; outlives the reader.
struct LayerObservers {
  LayerRecorder* recorder = nullptr;     // every change that the layer makes
  base::Sha256* uncompressed = nullptr;  // every byte of its tar, and what comes behind that
};

class LayerReader {
 public:
  LayerReader(ImageState state, std::string digest, LayerObservers observers = {});
  LayerReader(const LayerReader&) = delete;
  LayerReader& operator=(const LayerReader&) = delete;

  // Pieces of the layer as stored, in order.
  void feed(std::span<const std::byte> bytes);
  // The layer is over.
  void finish();
  // Whether it was read to its end, so far.
  [[nodiscard]] bool is_whole() const { return !given_up_; }

 private:
  void on_raw(std::span<const std::byte> bytes);
  template <typename Step>
  void guard(Step step);
  void give_up(std::string_view reason, std::string_view message);

  ImageState state_;
  std::string digest_;
  LayerObservers observers_;
  LayerVisitor visitor_;
  base::TarReader tar_;
  Decompressor decompressor_;
  std::uint64_t compressed_bytes_ = 0;
  std::uint64_t raw_bytes_ = 0;
  bool given_up_ = false;
};

}  // namespace scanner::layers

// One layer, from compressed bytes to the image: decompressor, tar reader and visitor under the limits. Bad content
// never throws; it becomes a warning that makes the image incomplete, and the rest of the layer is ignored.
#pragma once

#include <cstdint>
#include <future>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "scanner/layers/decompressor.h"
#include "scanner/layers/layer_visitor.h"
#include "scanner/layers/raw_pieces.h"
#include "scanner/layers/second_thread.h"

namespace scanner::layers {

// Who gets more of a layer than the image does; null: nobody. Borrowed; outlives the reader.
struct LayerObservers {
  LayerRecorder* recorder = nullptr;     // every change that the layer makes
  base::Sha256* uncompressed = nullptr;  // every byte of its tar, and what comes behind that
};

// Not thread-safe. With a second thread the layer is inflated here while that one walks through what was inflated:
// until finish() has returned nobody else may touch the image. The result is the same.
class LayerReader {
 public:
  // `walker` is borrowed, has no other task, and outlives the reader; null: all is done by the caller's thread.
  LayerReader(ImageState state, std::string digest, LayerObservers observers = {}, SecondThread* walker = nullptr);
  ~LayerReader();
  LayerReader(const LayerReader&) = delete;
  LayerReader& operator=(const LayerReader&) = delete;

  // Pieces of the layer as stored, in order.
  void feed(std::span<const std::byte> bytes);
  // The layer is over.
  void finish();
  // Once it is over: whether it was read to its end.
  [[nodiscard]] bool is_whole() const { return !problem_; }

 private:
  struct Problem {
    std::string_view reason;
    std::string message;
  };
  template <typename Step>
  [[nodiscard]] static std::optional<Problem> problem_of(Step step);

  void on_inflated(std::vector<std::byte>& buffer, std::size_t size);
  void walk_pieces();
  void walk(std::span<const std::byte> raw, std::uint64_t compressed_bytes);
  void finish_walk();

  ImageState state_;
  std::string digest_;
  LayerObservers observers_;
  LayerVisitor visitor_;
  base::TarReader tar_;
  Decompressor decompressor_;
  std::uint64_t compressed_bytes_ = 0;
  std::uint64_t raw_bytes_ = 0;
  std::optional<Problem> problem_;  // nothing more is read
  RawPieces pieces_;                // on their way to the walker
  std::future<void> walking_;       // invalid: there is none, or it has ended
};

}  // namespace scanner::layers

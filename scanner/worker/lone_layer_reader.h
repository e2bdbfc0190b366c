// What a child does that reads one layer for its record alone. No I/O and no sandbox of its own, as image_reader.h.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "scanner/layers/layer_reader.h"
#include "scanner/layers/layer_record.h"
#include "scanner/worker/extractor_selection.h"

namespace scanner::worker {

// Whether the digest of a layer's uncompressed bytes is wanted.
enum class DiffId { kIgnored, kWanted };

// One layer, begun, fed and ended; then its record. The layer is put upon an empty image, which shows the links that it
// makes itself: no others decide where its entries go.
class LoneLayerReader {
 public:
  // `walker` as of layers::LayerReader.
  explicit LoneLayerReader(const layers::Limits& limits = {}, DiffId diff_id = DiffId::kIgnored,
                           layers::SecondThread* walker = nullptr);
  LoneLayerReader(const LoneLayerReader&) = delete;
  LoneLayerReader& operator=(const LoneLayerReader&) = delete;

  void begin_layer(std::string_view digest);
  void feed(std::span<const std::byte> bytes);
  void end_layer();

  // Empty: it would be larger than layers::kLayerRecordBytesMax.
  [[nodiscard]] std::string finish();
  // Once the layer has ended; nullopt: it was not wanted, or the layer was not read to its end.
  [[nodiscard]] const std::optional<base::Digest>& diff_id() const { return diff_id_; }

 private:
  enum class Stage { kBefore, kInside, kBehind };
  void require(Stage stage) const;

  layers::Limits limits_;
  layers::SecondThread* walker_;
  ExtractorSelection selection_;
  layers::WarningList image_warnings_;  // come again when the record is merged
  layers::WarningList warnings_;
  layers::ImageFilesystem filesystem_;
  layers::ImageTally tally_;
  layers::LayerRecorder recorder_;
  std::optional<base::Sha256> uncompressed_;
  std::optional<base::Digest> diff_id_;
  std::optional<layers::LayerReader> layer_;
  Stage stage_ = Stage::kBefore;
};

}  // namespace scanner::worker

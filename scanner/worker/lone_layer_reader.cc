#include "scanner/worker/lone_layer_reader.h"

#include "base/error.h"

namespace scanner::worker {

LoneLayerReader::LoneLayerReader(const layers::Limits& limits, DiffId diff_id, layers::SecondThread* walker)
    : limits_(limits),
      walker_(walker),
      selection_(limits),
      image_warnings_(limits.warnings_max),
      warnings_(limits.warnings_max),
      filesystem_(selection_, limits_, image_warnings_) {
  if (diff_id == DiffId::kWanted) uncompressed_.emplace();
}

void LoneLayerReader::begin_layer(std::string_view digest) {
  require(Stage::kBefore);
  stage_ = Stage::kInside;
  layer_.emplace(
      layers::ImageState{filesystem_, selection_, limits_, warnings_, tally_}, std::string(digest),
      layers::LayerObservers{.recorder = &recorder_, .uncompressed = uncompressed_ ? &*uncompressed_ : nullptr},
      walker_);
}

void LoneLayerReader::feed(std::span<const std::byte> bytes) {
  require(Stage::kInside);
  layer_->feed(bytes);
}

void LoneLayerReader::end_layer() {
  require(Stage::kInside);
  stage_ = Stage::kBehind;
  layer_->finish();
  if (uncompressed_ && layer_->is_whole()) diff_id_ = uncompressed_->finish();
}

std::string LoneLayerReader::finish() {
  require(Stage::kBehind);
  // What found no room in an image of its own finds none in any; another limit is for another day.
  if (!image_warnings_.warnings().empty()) recorder_.mark_partial();
  return recorder_.finish(tally_, warnings_.warnings(), selection_.names_of(recorder_.readers()));
}

void LoneLayerReader::require(Stage stage) const {
  if (stage_ != stage) throw base::ParseError("pipe protocol: a lone layer is begun, fed and ended once");
}

}  // namespace scanner::worker

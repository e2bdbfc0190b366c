#include "scanner/layers/layer_reader.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/limits.h"
#include "scanner/layers/layer_record.h"

namespace scanner::layers {

LayerReader::LayerReader(ImageState state, std::string digest, LayerObservers observers)
    : state_(state),
      digest_(std::move(digest)),
      observers_(observers),
      visitor_(state, observers.recorder),
      tar_(visitor_, {.extended_header_bytes_max = state.limits.extended_header_bytes_max}),
      decompressor_([this](std::span<const std::byte> bytes) { on_raw(bytes); }) {
  state_.filesystem.begin_layer(digest_);
}

void LayerReader::feed(std::span<const std::byte> bytes) {
  compressed_bytes_ += bytes.size();
  guard([&] { decompressor_.feed(bytes); });
}

void LayerReader::finish() {
  guard([&] {
    decompressor_.finish();
    tar_.finish();
  });
  state_.filesystem.end_layer();
}

void LayerReader::on_raw(std::span<const std::byte> bytes) {
  if (observers_.uncompressed != nullptr) observers_.uncompressed->update(bytes);
  raw_bytes_ += bytes.size();
  state_.tally.raw_bytes += bytes.size();
  const Limits& limits = state_.limits;
  if (raw_bytes_ > limits.layer_raw_bytes_max) {
    throw base::LimitExceeded(fmt::format("more than {} bytes uncompressed", limits.layer_raw_bytes_max));
  }
  if (state_.tally.raw_bytes > limits.image_raw_bytes_max) {
    throw base::LimitExceeded(too_many_raw_bytes(limits));
  }
  if (raw_bytes_ > limits.ratio_judged_after_bytes &&
      raw_bytes_ > base::multiply_saturating(compressed_bytes_, limits.ratio_max)) {
    throw base::LimitExceeded(fmt::format("more than {} times its compressed size", limits.ratio_max));
  }
  tar_.feed(bytes);
}

// The place where bad layers are caught: what was read of them so far stays, and the image is incomplete.
template <typename Step>
void LayerReader::guard(Step step) {
  if (given_up_) return;
  try {
    step();
  } catch (const base::ParseError& error) {
    give_up("CorruptLayer", error.what());
  } catch (const base::LimitExceeded& error) {
    give_up("LimitExceeded", error.what());
  }
}

void LayerReader::give_up(std::string_view reason, std::string_view message) {
  given_up_ = true;
  state_.warnings.add(reason, digest_, message);
  if (observers_.recorder != nullptr) observers_.recorder->mark_partial();
}

}  // namespace scanner::layers

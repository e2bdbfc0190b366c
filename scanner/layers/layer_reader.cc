#include "scanner/layers/layer_reader.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "scanner/layers/layer_record.h"

namespace scanner::layers {

LayerReader::LayerReader(ImageState state, std::string digest, LayerObservers observers, SecondThread* walker)
    : state_(state),
      digest_(std::move(digest)),
      observers_(observers),
      visitor_(state, observers.recorder),
      tar_(visitor_, {.extended_header_bytes_max = state.limits.extended_header_bytes_max}),
      decompressor_([this](std::vector<std::byte>& buffer, std::size_t size) { on_inflated(buffer, size); }) {
  state_.filesystem.begin_layer(digest_);
  if (walker != nullptr) walking_ = walker->begin([this] { walk_pieces(); });
}

// One that was given up in the middle of a layer.
LayerReader::~LayerReader() {
  pieces_.end();
  if (walking_.valid()) walking_.wait();
}

void LayerReader::feed(std::span<const std::byte> bytes) {
  if (problem_) return;
  compressed_bytes_ += bytes.size();
  problem_ = problem_of([&] { decompressor_.feed(bytes); });
}

void LayerReader::finish() {
  if (!problem_) problem_ = problem_of([&] { decompressor_.finish(); });
  // What the walker found lies before what inflating found.
  if (auto earlier = problem_of([&] { finish_walk(); })) problem_ = std::move(earlier);
  if (!problem_) problem_ = problem_of([&] { tar_.finish(); });
  if (problem_) {
    state_.warnings.add(problem_->reason, digest_, problem_->message);
    if (observers_.recorder != nullptr) observers_.recorder->mark_partial();
  }
  state_.filesystem.end_layer();
}

void LayerReader::on_inflated(std::vector<std::byte>& buffer, std::size_t size) {
  if (!walking_.valid()) return walk(std::span(buffer).first(size), compressed_bytes_);
  if (!pieces_.push(buffer, size, compressed_bytes_)) walking_.get();  // it ended early, and throws why
}

void LayerReader::finish_walk() {
  pieces_.end();
  if (walking_.valid()) walking_.get();
}

// By the walker's thread.
void LayerReader::walk_pieces() {
  struct Closing {
    RawPieces& pieces;
    ~Closing() { pieces.close(); }
  };
  const Closing closing{pieces_};
  std::optional<RawPiece> piece;
  while ((piece = pieces_.pop(std::move(piece)))) {
    walk(std::span(piece->buffer).first(piece->size), piece->compressed_bytes);
  }
}

void LayerReader::walk(std::span<const std::byte> raw, std::uint64_t compressed_bytes) {
  if (observers_.uncompressed != nullptr) observers_.uncompressed->update(raw);
  raw_bytes_ += raw.size();
  state_.tally.raw_bytes += raw.size();
  const Limits& limits = state_.limits;
  if (raw_bytes_ > limits.layer_raw_bytes_max) {
    throw base::LimitExceeded(fmt::format("more than {} bytes uncompressed", limits.layer_raw_bytes_max));
  }
  if (state_.tally.raw_bytes > limits.image_raw_bytes_max) {
    throw base::LimitExceeded(too_many_raw_bytes(limits));
  }
  if (raw_bytes_ > limits.ratio_judged_after_bytes &&
      raw_bytes_ > base::multiply_saturating(compressed_bytes, limits.ratio_max)) {
    throw base::LimitExceeded(fmt::format("more than {} times its compressed size", limits.ratio_max));
  }
  tar_.feed(raw);
}

// The place where bad layers are caught: what was read of them so far stays, and the image is incomplete.
template <typename Step>
std::optional<LayerReader::Problem> LayerReader::problem_of(Step step) {
  try {
    step();
  } catch (const base::ParseError& error) {
    return Problem{.reason = "CorruptLayer", .message = error.what()};
  } catch (const base::LimitExceeded& error) {
    return Problem{.reason = "LimitExceeded", .message = error.what()};
  }
  return std::nullopt;
}

}  // namespace scanner::layers

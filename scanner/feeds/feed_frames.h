// What a feed says, in frames of the pipe protocol (docs/formats/pipe-protocol.md): from the child that reads it to the
// builder, and in the files that remember it.
#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <string_view>

#include "base/packed_fields.h"
#include "scanner/advisories/feed_pairs.h"
#include "scanner/worker/frames.h"

namespace scanner::feeds {

using advisories::FeedNote;
using advisories::FeedSummary;
using advisories::PairSink;

// Writes frames. Not thread-safe; sink() borrows the writer.
class FeedFrameWriter {
 public:
  using Write = std::function<void(worker::FrameType type, std::string_view payload)>;

  explicit FeedFrameWriter(Write write) : write_(std::move(write)) {}

  [[nodiscard]] PairSink sink();
  // The feed was read; the last frame.
  void finish(const FeedSummary& summary);
  // It cannot be used; the last frame.
  void fail(const std::exception& error);

 private:
  void add(std::string_view key, std::string_view value);
  void write_pairs();

  Write write_;
  base::FieldWriter pairs_;
};

// Hands over what a frame says, which may be what an attacker wrote. The summary of the last one; nullopt before it.
// Throws base::ParseError for what is no frame of a feed, and the error that the feed could not be used for: a
// base::ConfigError, base::ParseError, base::LimitExceeded or base::Error.
[[nodiscard]] std::optional<FeedSummary> take_feed_frame(const worker::Frame& frame, const PairSink& sink);

}  // namespace scanner::feeds

// The pipe protocol between a program and its sandboxed child, docs/formats/pipe-protocol.md: frames of a type, a
// length and a payload.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "scanner/report_json.h"

namespace scanner::worker {

enum class FrameType : std::uint8_t {
  // Parent to child.
  kLayer = 'L',     // a layer begins; its digest
  kData = 'D',      // the next bytes of the layer as stored
  kLayerEnd = 'E',  // the layer is over; empty
  kMerge = 'M',     // a layer by its record: digest, newline, record
  kBudgets = 'B',   // first of all, where they are not the default ones: layers/budgets.h
  kAlone = 'A',     // first but for these: one layer follows, of which the record is wanted; empty
  kHashed = 'V',    // the same, and the digest of its uncompressed bytes is wanted, too
  kFinish = 'F',    // no layer follows and all were verified; empty
  // Child to parent.
  kHello = 'H',   // the sandbox that it is in
  kDiffId = 'U',  // the digest of the layer's uncompressed bytes; empty: it was not read to its end
  kRecord = 'C',  // the record of the layer; empty: it would be too large
  kResult = 'R',  // Inventory JSON
  // Child to parent, of a feed of advisories (scanner/feeds/feed_frames.h).
  kPairs = 'P',     // what the feed says, as pairs of the database
  kNote = 'N',      // what was passed over
  kProgress = 'G',  // how far it is
  kSummary = 'S',   // the feed was read
  kFailure = 'X',   // it cannot be used, and why
};

inline constexpr std::size_t kFrameHeaderBytes = 5;
inline constexpr std::size_t kDataBytesMax = std::size_t{1} << 20;
inline constexpr std::size_t kSmallFrameBytesMax = 4096;
inline constexpr std::size_t kTextFrameBytesMax = std::size_t{64} << 10;  // a path and a message
inline constexpr std::size_t kPairsBytesMax = std::size_t{64} << 20;      // a record of a feed, whatever it is long

struct FrameHeader {
  FrameType type = FrameType::kData;
  std::uint32_t length = 0;
};

struct Frame {
  FrameType type = FrameType::kData;
  std::string payload;
};

using FrameHeaderBytes = std::array<std::byte, kFrameHeaderBytes>;

[[nodiscard]] FrameHeaderBytes encode_frame_header(const FrameHeader& header);
// Throws base::ParseError for an unknown type and for a length that this type may not have.
[[nodiscard]] FrameHeader decode_frame_header(std::span<const std::byte, kFrameHeaderBytes> bytes);

}  // namespace scanner::worker

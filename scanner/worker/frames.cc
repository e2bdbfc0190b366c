#include "scanner/worker/frames.h"

#include <fmt/format.h>

#include <optional>

#include "base/error.h"
#include "scanner/layers/layer_record.h"

namespace scanner::worker {
namespace {

std::optional<std::size_t> payload_bytes_max(FrameType type) {
  switch (type) {
    case FrameType::kLayer:
    case FrameType::kHello:
    case FrameType::kBudgets:
    case FrameType::kDiffId:
      return kSmallFrameBytesMax;
    case FrameType::kData:
      return kDataBytesMax;
    case FrameType::kLayerEnd:
    case FrameType::kAlone:
    case FrameType::kHashed:
    case FrameType::kFinish:
      return 0;
    case FrameType::kMerge:
      return layers::kLayerRecordBytesMax + kSmallFrameBytesMax;
    case FrameType::kRecord:
      return layers::kLayerRecordBytesMax;
    case FrameType::kResult:
      return kInventoryBytesMax;
    case FrameType::kPairs:
      return kPairsBytesMax;
    case FrameType::kNote:
    case FrameType::kProgress:
    case FrameType::kSummary:
    case FrameType::kFailure:
      return kTextFrameBytesMax;
  }
  return std::nullopt;
}

}  // namespace

FrameHeaderBytes encode_frame_header(const FrameHeader& header) {
  FrameHeaderBytes bytes{static_cast<std::byte>(header.type)};
  for (std::size_t index = 0; index < 4; ++index) {
    bytes[1 + index] = static_cast<std::byte>(header.length >> (8 * index) & 0xffU);
  }
  return bytes;
}

FrameHeader decode_frame_header(std::span<const std::byte, kFrameHeaderBytes> bytes) {
  FrameHeader header{.type = static_cast<FrameType>(bytes[0]), .length = 0};
  for (std::size_t index = 0; index < 4; ++index) {
    header.length |= static_cast<std::uint32_t>(bytes[1 + index]) << (8 * index);
  }
  const std::optional<std::size_t> bytes_max = payload_bytes_max(header.type);
  if (!bytes_max)
    throw base::ParseError(fmt::format("pipe protocol: unknown frame type {}", static_cast<int>(header.type)));
  if (header.length > *bytes_max) {
    throw base::ParseError(
        fmt::format("pipe protocol: a frame of {} bytes, at most {} may be", header.length, *bytes_max));
  }
  return header;
}

}  // namespace scanner::worker

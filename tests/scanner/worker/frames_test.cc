#include "scanner/worker/frames.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "scanner/layers/layer_record.h"

namespace scanner::worker {
namespace {

TEST(Frames, HeadersAreReadBack) {
  for (const FrameHeader& header : {FrameHeader{FrameType::kData, 0}, FrameHeader{FrameType::kData, kDataBytesMax},
                                    FrameHeader{FrameType::kLayer, 71}, FrameHeader{FrameType::kLayerEnd, 0},
                                    FrameHeader{FrameType::kResult, 0x01020304 & 0x00ffffff}}) {
    const FrameHeader read = decode_frame_header(encode_frame_header(header));
    EXPECT_EQ(read.type, header.type);
    EXPECT_EQ(read.length, header.length);
  }
}

TEST(Frames, LengthIsLittleEndian) {
  const FrameHeaderBytes bytes = encode_frame_header({FrameType::kData, 0x00010203});
  EXPECT_EQ(bytes, (FrameHeaderBytes{std::byte{'D'}, std::byte{3}, std::byte{2}, std::byte{1}, std::byte{0}}));
}

TEST(Frames, EveryTypeHasItsBound) {
  struct Row {
    FrameType type;
    std::uint32_t length;
  } const rows[] = {
      {FrameType::kData, kDataBytesMax + 1},
      {FrameType::kLayer, kSmallFrameBytesMax + 1},
      {FrameType::kLayerEnd, 1},
      {FrameType::kFinish, 1},
      {FrameType::kAlone, 1},
      {FrameType::kHashed, 1},
      {FrameType::kDiffId, kSmallFrameBytesMax + 1},
      {FrameType::kMerge, layers::kLayerRecordBytesMax + kSmallFrameBytesMax + 1},
      {FrameType::kRecord, layers::kLayerRecordBytesMax + 1},
      {FrameType::kHello, kSmallFrameBytesMax + 1},
      {FrameType::kResult, kInventoryBytesMax + 1},
      {static_cast<FrameType>('?'), 0},
      {static_cast<FrameType>(0), 0},
  };
  for (const Row& row : rows) {
    EXPECT_THROW(static_cast<void>(decode_frame_header(encode_frame_header({row.type, row.length}))), base::ParseError)
        << static_cast<int>(row.type) << " " << row.length;
  }
}

}  // namespace
}  // namespace scanner::worker

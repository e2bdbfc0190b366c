#include "scanner/layers/decompressor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/error.h"
#include "tests/support/compress.h"

namespace scanner::layers {
namespace {

using ::testing::HasSubstr;

std::string decompress(std::string_view compressed, std::size_t piece_bytes = 1 << 20) {
  std::string raw;
  Decompressor decompressor([&](std::vector<std::byte>& buffer, std::size_t size) {
    raw.append(reinterpret_cast<const char*>(buffer.data()), size);
  });
  const auto bytes = std::as_bytes(std::span(compressed));
  for (std::size_t begin = 0; begin < bytes.size(); begin += piece_bytes) {
    decompressor.feed(bytes.subspan(begin, std::min(piece_bytes, bytes.size() - begin)));
  }
  decompressor.finish();
  return raw;
}

std::string refusal_of(std::string_view compressed, std::size_t piece_bytes = 1 << 20) {
  try {
    static_cast<void>(decompress(compressed, piece_bytes));
  } catch (const base::ParseError& error) {
    return error.what();
  }
  return "accepted";
}

// Text that compresses somewhat, longer than the output buffer.
std::string sample_text() {
  std::mt19937 random(7);
  std::string text;
  while (text.size() < 900'000) text += "Package: p" + std::to_string(random() % 5000) + "\nVersion: 1.0\n\n";
  return text;
}

std::string skippable_frame(std::string_view content) {
  std::string frame("\x50\x2a\x4d\x18", 4);
  for (int shift = 0; shift < 32; shift += 8) frame += static_cast<char>(content.size() >> shift & 0xff);
  return frame + std::string(content);
}

struct Case {
  std::string name;
  std::string compressed;
  std::string raw;
};

class GoodStreams : public ::testing::TestWithParam<std::size_t> {};

TEST_P(GoodStreams, AreReadWholeInPiecesOfAnySize) {
  const std::string text = sample_text();
  const Case cases[] = {
      {"plain", text, text},
      {"nothing", "", ""},
      {"shorter than any magic", "abc", "abc"},
      {"gzip", tests::gzip(text), text},
      {"gzip of nothing", tests::gzip(""), ""},
      {"gzip members, as eStargz makes them", tests::gzip("one") + tests::gzip("") + tests::gzip(text), "one" + text},
      {"zstd", tests::zstd(text), text},
      {"zstd frames", tests::zstd("one") + tests::zstd(text), "one" + text},
      {"zstd that ends in a skippable frame, as zstd:chunked does", tests::zstd(text) + skippable_frame("toc"), text},
      {"zstd that begins with one", skippable_frame("toc") + tests::zstd("x"), "x"},
  };
  for (const Case& row : cases) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(decompress(row.compressed, GetParam()), row.raw);
  }
}

INSTANTIATE_TEST_SUITE_P(Pieces, GoodStreams, ::testing::Values(1, 7, 4096, 1 << 20));

TEST(Decompressor, RefusesWhatRuntimesRefuse) {
  const std::string text = sample_text();
  const std::string gzip = tests::gzip(text);
  const std::string zstd = tests::zstd(text);
  std::string wrong_crc = gzip;
  wrong_crc[wrong_crc.size() - 8] ^= 1;
  std::string wrong_length = gzip;
  wrong_length[wrong_length.size() - 4] ^= 1;
  std::string broken_block = gzip;
  broken_block[broken_block.size() / 2] ^= 0x55;

  struct Refused {
    std::string name;
    std::string compressed;
    std::string why;
  } const cases[] = {
      {"gzip cut off", gzip.substr(0, gzip.size() / 2), "ends in the middle"},
      {"gzip cut off in the header", gzip.substr(0, 8), "ends in the middle"},
      {"gzip without its last byte", gzip.substr(0, gzip.size() - 1), "ends in the middle"},
      {"gzip with garbage behind it", gzip + "garbage", "follow the last member"},
      {"gzip with zeros behind it", gzip + std::string(512, '\0'), "follow the last member"},
      {"gzip with half a header behind it", gzip + "\x1f\x8b", "ends in the middle"},
      {"gzip with a false second magic byte behind it", gzip + "\x1fxxxxxxxxxxxxxxxxxx", "gzip"},
      {"gzip with a wrong checksum", wrong_crc, "checksum"},
      {"gzip with a wrong length", wrong_length, "checksum or length"},
      {"gzip with a broken block", broken_block, "gzip"},
      {"zstd cut off", zstd.substr(0, zstd.size() / 2), "ends in the middle"},
      {"zstd with garbage behind it", zstd + "garbage", "zstd"},
      {"zstd whose window is larger than we grant", tests::zstd(text, 28), "memory"},
      {"xz", std::string("\xfd\x37\x7a\x58\x5a\x00", 6) + "rest", "xz compression is not supported"},
      {"bzip2", "BZh91AY&SY", "bzip2 compression is not supported"},
  };
  for (const Refused& row : cases) {
    SCOPED_TRACE(row.name);
    EXPECT_THAT(refusal_of(row.compressed), HasSubstr(row.why));
    EXPECT_THAT(refusal_of(row.compressed, 1), HasSubstr(row.why));
  }
}

TEST(Decompressor, HandsOnWhatItsConsumerThrows) {
  Decompressor decompressor([](std::vector<std::byte>&, std::size_t) { throw base::LimitExceeded("enough"); });
  const std::string gzip = tests::gzip("content");
  EXPECT_THROW(decompressor.feed(std::as_bytes(std::span(gzip))), base::LimitExceeded);
}

}  // namespace
}  // namespace scanner::layers

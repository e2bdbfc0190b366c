// A layer that is inflated by one thread and walked through by another tells what it tells to one alone.
#include "scanner/layers/second_thread.h"

#include <gmock/gmock.h>

#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "scanner/layers/layer_reader.h"
#include "scanner/layers/raw_pieces.h"
#include "tests/scanner/layers/merge_support.h"
#include "tests/support/compress.h"
#include "tests/support/tar_builder.h"

namespace scanner::layers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::size_t kBufferBytes = 64;

std::vector<std::byte> buffer_of(char value) {
  return std::vector<std::byte>(kBufferBytes, static_cast<std::byte>(value));
}

TEST(SecondThread, RunsTasksOneAfterAnother) {
  SecondThread second;
  const std::thread::id first = std::this_thread::get_id();
  std::thread::id task;
  second.begin([&] { task = std::this_thread::get_id(); }).get();
  EXPECT_NE(task, first);
  std::thread::id next;
  second.begin([&] { next = std::this_thread::get_id(); }).get();
  EXPECT_EQ(next, task);
}

TEST(SecondThread, HandsOnWhatATaskThrows) {
  SecondThread second;
  EXPECT_THROW(second.begin([] { throw std::runtime_error("wrong"); }).get(), std::runtime_error);
  int runs = 0;
  second.begin([&] { ++runs; }).get();
  EXPECT_EQ(runs, 1);
}

TEST(RawPieces, ComeInOrderAndTheirBuffersGoRound) {
  RawPieces pieces;
  std::vector<std::byte> buffer = buffer_of('a');
  ASSERT_TRUE(pieces.push(buffer, 3, 7));
  EXPECT_EQ(buffer.size(), kBufferBytes);
  buffer = buffer_of('b');
  ASSERT_TRUE(pieces.push(buffer, kBufferBytes, 9));
  pieces.end();

  std::optional<RawPiece> piece = pieces.pop(std::nullopt);
  ASSERT_TRUE(piece.has_value());
  EXPECT_EQ(piece->buffer, buffer_of('a'));
  EXPECT_EQ(piece->size, 3U);
  EXPECT_EQ(piece->compressed_bytes, 7U);
  piece = pieces.pop(std::move(piece));
  ASSERT_TRUE(piece.has_value());
  EXPECT_EQ(piece->buffer, buffer_of('b'));
  EXPECT_EQ(pieces.pop(std::move(piece)), std::nullopt);
}

TEST(RawPieces, WaitForRoomAndForPieces) {
  constexpr int kPieces = 1000;
  RawPieces pieces;
  SecondThread second;
  std::string seen;
  std::future<void> reading = second.begin([&] {
    std::optional<RawPiece> piece;
    while ((piece = pieces.pop(std::move(piece)))) seen += static_cast<char>(piece->buffer.front());
  });
  std::vector<std::byte> buffer(kBufferBytes);
  std::string sent;
  for (int number = 0; number < kPieces; ++number) {
    sent += static_cast<char>('a' + number % 26);
    buffer.front() = static_cast<std::byte>(sent.back());
    ASSERT_TRUE(pieces.push(buffer, 1, 0));
  }
  pieces.end();
  reading.get();
  EXPECT_EQ(seen, sent);
}

TEST(RawPieces, AreTakenByNobodyOnceTheReaderHasClosed) {
  RawPieces pieces;
  std::vector<std::byte> buffer = buffer_of('a');
  for (std::size_t number = 0; number < RawPieces::kWaitingMax; ++number) ASSERT_TRUE(pieces.push(buffer, 1, 0));
  SecondThread second;
  std::future<void> closing = second.begin([&] { pieces.close(); });
  EXPECT_FALSE(pieces.push(buffer, 1, 0));  // waited for room, and there will be none
  closing.get();
}

// More than all buffers hold.
std::string large_content() {
  std::mt19937 random(11);
  std::string content;
  while (content.size() < (std::size_t{6} << 20)) content += static_cast<char>('a' + random() % 16);
  return content;
}

std::string large_layer() {
  return tests::TarBuilder()
      .file("before/want", "first")
      .file("usr/share/large", large_content())
      .symbolic_link("db/status", "../after/status")
      .file("after/want", "second")
      .archive();
}

// The two ways.
Merged both(const std::vector<std::string>& layers, const Limits& limits = {}) {
  Merged alone = merge_bytes(layers, limits);
  SecondThread walker;
  EXPECT_EQ(merge_bytes(layers, limits, &walker), alone);
  EXPECT_EQ(merge_bytes(layers, limits, &walker), alone) << "by a thread that has had a task before";
  return alone;
}

TEST(LayersByTwoThreads, AreReadAsByOne) {
  const std::string layer = large_layer();
  for (const std::string& stored : {layer, tests::gzip(layer), tests::zstd(layer)}) {
    const Merged merged = both({stored, tests::gzip(tests::TarBuilder().file("more/want", "third").archive())});
    EXPECT_EQ(merged.files.size(), 3U);
    EXPECT_THAT(merged.warnings, IsEmpty());
  }
}

TEST(LayersByTwoThreads, TellWhatIsWrongWithTheCompression) {
  std::string cut = tests::gzip(large_layer());
  cut.resize(cut.size() / 2);
  EXPECT_THAT(both({cut}).warnings, ElementsAre(HasSubstr("gzip: the stream ends in the middle of a member")));
  std::string broken = tests::gzip(large_layer());
  broken[broken.size() - 6] ^= 1;  // of its checksum
  const Merged merged = both({broken});
  EXPECT_THAT(merged.warnings, ElementsAre(HasSubstr("CorruptLayer")));
  EXPECT_THAT(merged.files, Not(IsEmpty()));
}

TEST(LayersByTwoThreads, TellWhatIsWrongWithTheTar) {
  const std::string bad = large_layer().substr(0, 4096) + std::string(8192, 'x') + large_content();
  EXPECT_THAT(both({tests::gzip(bad)}).warnings, ElementsAre(HasSubstr("CorruptLayer")));
  const std::string cut = large_layer().substr(0, std::size_t{1} << 20);
  EXPECT_THAT(both({tests::gzip(cut)}).warnings, ElementsAre(HasSubstr("ends in the middle of an entry")));
}

// Whoever walks is behind who inflates: what comes first in the layer is told, not what is seen first.
TEST(LayersByTwoThreads, TellWhatComesFirst) {
  std::string both_wrong = tests::gzip(std::string(8192, 'x') + large_layer());
  both_wrong[both_wrong.size() - 6] ^= 1;
  EXPECT_THAT(both({both_wrong}).warnings, ElementsAre(HasSubstr("tar: ")));
}

TEST(LayersByTwoThreads, KeepTheLimits) {
  Limits bytes;
  bytes.layer_raw_bytes_max = std::uint64_t{1} << 20;
  EXPECT_THAT(both({tests::gzip(large_layer())}, bytes).warnings, ElementsAre(HasSubstr("bytes uncompressed")));
  Limits ratio;
  ratio.ratio_max = 10;
  ratio.ratio_judged_after_bytes = 1;
  const std::string zeros =
      tests::gzip(tests::TarBuilder().file("zeros", std::string(std::size_t{8} << 20, '\0')).archive());
  EXPECT_THAT(both({zeros}, ratio).warnings, ElementsAre(HasSubstr("times its compressed size")));
}

TEST(LayersByTwoThreads, MayBeGivenUpInTheMiddle) {
  const Limits limits;
  TestSelection selection;
  WarningList warnings(limits.warnings_max);
  ImageFilesystem filesystem(selection, limits, warnings);
  ImageTally tally;
  SecondThread walker;
  const std::string layer = tests::gzip(large_layer());
  {
    LayerReader reader({filesystem, selection, limits, warnings, tally}, "layer", {}, &walker);
    reader.feed(std::as_bytes(std::span(layer)).first(layer.size() / 2));
  }
  EXPECT_GT(tally.entries, 0U);
}

}  // namespace
}  // namespace scanner::layers

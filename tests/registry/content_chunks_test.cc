#include "registry/content_chunks.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <set>
#include <string>

namespace registry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The same for the same seed, on every machine.
std::string noise(std::size_t size, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  std::ranges::generate(bytes, [&] { return static_cast<char>(random() & 0xff); });
  return bytes;
}

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

// As a small file is cut.
std::vector<Chunk> cut(const std::string& bytes) {
  return chunks_of(base::MemorySource("test", bytes), chunk_sizes(0));
}

// Of the second, whose content the first has not.
std::vector<Chunk> new_chunks(const std::vector<Chunk>& before, const std::vector<Chunk>& after) {
  std::set<base::Digest> known;
  for (const Chunk& chunk : before) known.insert(chunk.digest);
  std::vector<Chunk> fresh;
  std::ranges::copy_if(after, std::back_inserter(fresh),
                       [&](const Chunk& chunk) { return !known.contains(chunk.digest); });
  return fresh;
}

void expect_whole(const std::string& bytes, const ChunkSizes& sizes) {
  std::string joined;
  const std::vector<Chunk> chunks = chunks_of(base::MemorySource("test", bytes), sizes);
  for (const Chunk& chunk : chunks) {
    ASSERT_EQ(chunk.offset, joined.size());
    const std::string content = bytes.substr(chunk.offset, chunk.size);
    EXPECT_EQ(chunk.digest, base::Digest::of(content));
    EXPECT_LE(chunk.size, sizes.bytes_max);
    if (&chunk != &chunks.back()) {
      EXPECT_GE(chunk.size, sizes.bytes_min);
    }
    joined += content;
  }
  EXPECT_EQ(joined, bytes);
}

TEST(ContentChunks, TogetherAreTheFile) {
  for (const std::uint64_t file_bytes : {std::uint64_t{0}, 200 * kMiB, 500 * kMiB}) {
    const ChunkSizes sizes = chunk_sizes(file_bytes);
    for (const std::size_t size : {std::size_t{1}, sizes.bytes_min - 1, sizes.bytes_min, sizes.bytes_min + 1,
                                   sizes.bytes_max, sizes.bytes_max + 1, 2 * sizes.bytes_max + 7}) {
      SCOPED_TRACE(size);
      expect_whole(noise(size, static_cast<std::uint32_t>(size)), sizes);
      expect_whole(std::string(size, 'a'), sizes);
    }
  }
}

TEST(ContentChunks, AnEmptyFileHasNone) {
  EXPECT_THAT(cut(""), IsEmpty());
  EXPECT_EQ(chunk_length("", chunk_sizes(0)), 0U);
}

TEST(ContentChunks, OfALargeFileAreLonger) {
  struct Row {
    std::uint64_t file_bytes;
    std::size_t average;
  };
  for (const Row& row : {Row{0, 192 << 10}, Row{128 * kMiB, 192 << 10}, Row{128 * kMiB + 1, 384 << 10},
                         Row{256 * kMiB, 384 << 10}, Row{256 * kMiB + 1, 768 << 10}, Row{5000 * kMiB, 768 << 10}}) {
    const ChunkSizes sizes = chunk_sizes(row.file_bytes);
    EXPECT_EQ(sizes.bytes_min + (std::size_t{1} << sizes.cut_bits), row.average) << row.file_bytes;
    EXPECT_LE(sizes.bytes_max, kChunkBytesMax);
  }
}

TEST(ContentChunks, AreAsLongAsSaidOnAverage) {
  const std::size_t size = 16 * kMiB;
  const std::size_t average = size / cut(noise(size, 1)).size();
  EXPECT_GT(average, std::size_t{150} << 10);
  EXPECT_LT(average, std::size_t{240} << 10);
}

// Where nothing tells one place from another, only the longest is left.
TEST(ContentChunks, OfOneByteOverAndOverAreTheLongest) {
  const ChunkSizes sizes = chunk_sizes(0);
  EXPECT_EQ(chunk_length(std::string(sizes.bytes_max + 1, '\0'), sizes), sizes.bytes_max);
}

TEST(ContentChunks, AnInsertionChangesTheChunksAroundIt) {
  const std::string before = noise(16 * kMiB, 2);
  const std::vector<Chunk> chunks = cut(before);
  for (const std::size_t size : {std::size_t{1}, std::size_t{4096}, std::size_t{100'000}}) {
    for (const std::size_t at : {std::size_t{0}, before.size() / 2, before.size() - 1}) {
      std::string after = before;
      after.insert(at, noise(size, 3));
      const std::vector<Chunk> changed = cut(after);
      EXPECT_LE(new_chunks(chunks, changed).size(), 4U) << size << " bytes at " << at;
      EXPECT_LE(new_chunks(changed, chunks).size(), 4U) << size << " bytes less at " << at;
    }
  }
}

TEST(ContentChunks, AChangedByteChangesItsChunk) {
  const std::string before = noise(16 * kMiB, 4);
  std::string after = before;
  after[after.size() / 2] ^= 1;
  const std::vector<Chunk> fresh = new_chunks(cut(before), cut(after));
  ASSERT_FALSE(fresh.empty());
  EXPECT_LE(fresh.size(), 2U);
  EXPECT_LE(fresh[0].offset, after.size() / 2);
  EXPECT_GT(fresh.back().offset + fresh.back().size, after.size() / 2);
}

// What was stored by one version of the program is found again by the next.
TEST(ContentChunks, AreCutWhereTheyWereCutBefore) {
  const std::vector<Chunk> chunks = cut(noise(kMiB, 5));
  std::vector<std::uint64_t> sizes;
  for (const Chunk& chunk : chunks) sizes.push_back(chunk.size);
  EXPECT_THAT(sizes, ElementsAre(180665U, 121902U, 84773U, 162147U, 87766U, 411323U));
}

}  // namespace
}  // namespace registry

#include "registry/content_chunks.h"

#include <algorithm>
#include <array>
#include <string>

namespace registry {
namespace {

// Of the shortest chunks.
constexpr ChunkSizes kShortest{.bytes_min = std::size_t{64} << 10, .bytes_max = std::size_t{1} << 20, .cut_bits = 17};
constexpr std::uint64_t kShortestFile = std::uint64_t{128} << 20;
constexpr int kDoublingsMax = 2;
static_assert(kShortest.bytes_max << kDoublingsMax == kChunkBytesMax);

// The hash forgets a byte after so many others.
constexpr std::size_t kWindow = 64;

using Gear = std::array<std::uint64_t, 256>;

// A number for each byte, without order (SplitMix64). Other ones would cut elsewhere: nothing would be shared with what
// was stored before.
constexpr Gear make_gear() {
  Gear gear{};
  std::uint64_t state = 0;
  for (std::uint64_t& number : gear) {
    state += 0x9e3779b97f4a7c15;
    number = (state ^ state >> 30) * 0xbf58476d1ce4e5b9;
    number = (number ^ number >> 27) * 0x94d049bb133111eb;
    number ^= number >> 31;
  }
  return gear;
}

constexpr Gear kGear = make_gear();

}  // namespace

ChunkSizes chunk_sizes(std::uint64_t file_bytes) {
  int doublings = 0;
  while (doublings < kDoublingsMax && file_bytes > kShortestFile << doublings) ++doublings;
  return {.bytes_min = kShortest.bytes_min << doublings,
          .bytes_max = kShortest.bytes_max << doublings,
          .cut_bits = kShortest.cut_bits + doublings};
}

std::size_t chunk_length(std::string_view bytes, const ChunkSizes& sizes) {
  const std::size_t end = std::min(bytes.size(), sizes.bytes_max);
  std::uint64_t hash = 0;
  for (std::size_t at = sizes.bytes_min - kWindow; at < end; ++at) {
    hash = (hash << 1) + kGear[static_cast<unsigned char>(bytes[at])];
    if (at + 1 >= sizes.bytes_min && hash >> (64 - sizes.cut_bits) == 0) return at + 1;
  }
  return end;
}

std::vector<Chunk> chunks_of(const base::ByteSource& file, const ChunkSizes& sizes) {
  std::vector<Chunk> chunks;
  std::string room;
  for (std::uint64_t offset = 0; offset < file.size();) {
    const std::uint64_t ahead = std::min<std::uint64_t>(sizes.bytes_max, file.size() - offset);
    const std::string_view bytes = file.view_at(offset, static_cast<std::size_t>(ahead), room);
    const std::string_view chunk = bytes.substr(0, chunk_length(bytes, sizes));
    chunks.push_back({.digest = base::Digest::of(chunk), .offset = offset, .size = chunk.size()});
    offset += chunk.size();
  }
  return chunks;
}

}  // namespace registry

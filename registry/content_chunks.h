// Where a file is cut into chunks: at places that its content chooses, so that what comes or goes in the middle changes
// the chunks around it and no others. The rolling hash is that of FastCDC (Xia et al., USENIX ATC 2016), "Gear".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "base/digest.h"

namespace registry {

// No chunk is longer, whatever the file.
inline constexpr std::size_t kChunkBytesMax = std::size_t{4} << 20;

// How long the chunks of a file are. The average is `bytes_min` and 2 to the power of `cut_bits` bytes.
struct ChunkSizes {
  std::size_t bytes_min = 0;  // but for the last one
  std::size_t bytes_max = 0;
  int cut_bits = 0;
};
// 192 KiB on average for a file of up to 128 MiB, twice as much for one of up to 256 MiB, and four times as much for
// all others: what changes here and there costs less in short chunks, and each is a request. Some 680 at the most, up
// to 512 MiB.
[[nodiscard]] ChunkSizes chunk_sizes(std::uint64_t file_bytes);

// How many of these bytes are the first chunk: all of them where they hold no place to cut, though at most
// `bytes_max`. Depends on the chunk's own bytes alone.
[[nodiscard]] std::size_t chunk_length(std::string_view bytes, const ChunkSizes& sizes);

struct Chunk {
  base::Digest digest;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

// Of the whole file, in order. Holds one of them in memory.
[[nodiscard]] std::vector<Chunk> chunks_of(const base::ByteSource& file, const ChunkSizes& sizes);

}  // namespace registry

// Uncompresses a layer as it streams by: gzip (every member, checksums verified), zstd (every frame) or nothing. The
// codec is told by the first bytes, as the container runtimes do; the media type is a claim.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace scanner::layers {

// Receives uncompressed bytes: so many at the front of the buffer, which may be exchanged for another of the same size.
using OnRawBytes = std::function<void(std::vector<std::byte>& buffer, std::size_t size)>;

// One layer's stream. Not thread-safe. What `on_raw` throws reaches the caller of feed().
class Decompressor {
 public:
  explicit Decompressor(OnRawBytes on_raw);
  ~Decompressor();
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  // Throws base::ParseError for corrupt data, a wrong checksum, bytes behind the last member, and a codec that is
  // recognised but not supported (xz, bzip2).
  void feed(std::span<const std::byte> bytes);

  // Says that the stream is over. Throws base::ParseError when it ends in the middle of a member or frame.
  void finish();

  class Codec;  // one codec's state, in the .cc

 private:
  void choose_codec();

  OnRawBytes on_raw_;
  std::string head_;  // the first bytes, until they suffice to tell the codec
  std::unique_ptr<Codec> codec_;
};

}  // namespace scanner::layers

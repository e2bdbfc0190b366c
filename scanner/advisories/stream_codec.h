// Packed streams of one format, unpacked a piece at a time. For unpacked_file.cc alone.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace scanner::advisories {

// One stream after the other. Not thread-safe.
class StreamCodec {
 public:
  struct Step {
    std::size_t consumed = 0;
    std::size_t produced = 0;
    bool finished = false;  // the stream is over; what follows in the file is the next
    int error = 0;          // the library's own number; not 0: the data is damaged
  };

  virtual ~StreamCodec() = default;
  virtual void begin() = 0;
  virtual Step step(std::span<char> input, std::span<char> output) = 0;
};

[[nodiscard]] std::unique_ptr<StreamCodec> make_bzip2_codec();
[[nodiscard]] std::unique_ptr<StreamCodec> make_gzip_codec();
[[nodiscard]] std::unique_ptr<StreamCodec> make_zstd_codec();

}  // namespace scanner::advisories

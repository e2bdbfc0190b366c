// The only file that includes bzip2.
#include <bzlib.h>

#include <utility>

#include "base/error.h"
#include "scanner/advisories/stream_codec.h"

namespace scanner::advisories {

namespace {

class Bzip2Codec final : public StreamCodec {
 public:
  ~Bzip2Codec() override { end(); }

  void begin() override {
    end();
    stream_ = {};
    CHECK(BZ2_bzDecompressInit(&stream_, 0, 0) == BZ_OK);
    open_ = true;
  }

  Step step(std::span<char> input, std::span<char> output) override {
    stream_.next_in = input.data();
    stream_.avail_in = static_cast<unsigned>(input.size());
    stream_.next_out = output.data();
    stream_.avail_out = static_cast<unsigned>(output.size());
    const int status = BZ2_bzDecompress(&stream_);
    return {.consumed = input.size() - stream_.avail_in,
            .produced = output.size() - stream_.avail_out,
            .finished = status == BZ_STREAM_END,
            .error = status == BZ_OK || status == BZ_STREAM_END ? 0 : status};
  }

 private:
  void end() {
    if (std::exchange(open_, false)) BZ2_bzDecompressEnd(&stream_);
  }

  bz_stream stream_{};
  bool open_ = false;
};

}  // namespace

std::unique_ptr<StreamCodec> make_bzip2_codec() {
  return std::make_unique<Bzip2Codec>();
}

}  // namespace scanner::advisories

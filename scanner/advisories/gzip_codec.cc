#include <zlib.h>

#include <utility>

#include "base/error.h"
#include "scanner/advisories/stream_codec.h"

namespace scanner::advisories {

namespace {

class GzipCodec final : public StreamCodec {
 public:
  ~GzipCodec() override { end(); }

  void begin() override {
    end();
    stream_ = {};
    constexpr int kGzipAlone = 16;
    CHECK(inflateInit2(&stream_, kGzipAlone + MAX_WBITS) == Z_OK);
    open_ = true;
  }

  Step step(std::span<char> input, std::span<char> output) override {
    stream_.next_in = reinterpret_cast<Bytef*>(input.data());
    stream_.avail_in = static_cast<unsigned>(input.size());
    stream_.next_out = reinterpret_cast<Bytef*>(output.data());
    stream_.avail_out = static_cast<unsigned>(output.size());
    const int status = inflate(&stream_, Z_NO_FLUSH);
    const bool starved = status == Z_BUF_ERROR;  // no progress without more input
    return {.consumed = input.size() - stream_.avail_in,
            .produced = output.size() - stream_.avail_out,
            .finished = status == Z_STREAM_END,
            .error = status == Z_OK || status == Z_STREAM_END || starved ? 0 : status};
  }

 private:
  void end() {
    if (std::exchange(open_, false)) inflateEnd(&stream_);
  }

  z_stream stream_{};
  bool open_ = false;
};

}  // namespace

std::unique_ptr<StreamCodec> make_gzip_codec() {
  return std::make_unique<GzipCodec>();
}

}  // namespace scanner::advisories

#include <zstd.h>
#include <zstd_errors.h>

#include "base/error.h"
#include "scanner/advisories/stream_codec.h"

namespace scanner::advisories {

namespace {

class ZstdCodec final : public StreamCodec {
 public:
  ZstdCodec() : stream_(ZSTD_createDCtx(), &ZSTD_freeDCtx) {
    CHECK(stream_ != nullptr);
    constexpr int kWindowLogMax = 27;  // 128 MiB: what zstd's own tools accept by default
    CHECK(ZSTD_isError(ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, kWindowLogMax)) == 0);
  }

  void begin() override { ZSTD_DCtx_reset(stream_.get(), ZSTD_reset_session_only); }

  Step step(std::span<char> input, std::span<char> output) override {
    ZSTD_inBuffer in{.src = input.data(), .size = input.size(), .pos = 0};
    ZSTD_outBuffer out{.dst = output.data(), .size = output.size(), .pos = 0};
    const std::size_t left = ZSTD_decompressStream(stream_.get(), &out, &in);
    const bool failed = ZSTD_isError(left) != 0;
    return {.consumed = in.pos,
            .produced = out.pos,
            .finished = left == 0,
            .error = failed ? static_cast<int>(ZSTD_getErrorCode(left)) : 0};
  }

 private:
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> stream_;
};

}  // namespace

std::unique_ptr<StreamCodec> make_zstd_codec() {
  return std::make_unique<ZstdCodec>();
}

}  // namespace scanner::advisories

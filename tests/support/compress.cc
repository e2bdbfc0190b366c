#include "tests/support/compress.h"

#include <zlib.h>
#include <zstd.h>

#include "base/error.h"

namespace tests {

std::string gzip(std::string_view text) {
  constexpr int kGzipWrapper = 15 + 16;
  z_stream stream{};
  CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWrapper, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zlib(std::string_view text, int level) {
  std::string out(compressBound(text.size()), '\0');
  uLongf size = out.size();
  CHECK(compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(text.data()), text.size(),
                  level) == Z_OK);
  out.resize(size);
  return out;
}

std::string zstd(std::string_view text, int window_log) {
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  CHECK(context != nullptr);
  if (window_log != 0) ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
  std::string out(ZSTD_compressBound(text.size()) + 64, '\0');
  ZSTD_outBuffer output{out.data(), out.size(), 0};
  ZSTD_inBuffer input{text.data(), text.size(), 0};
  // Flushed before the end, so that the size is not known in advance and the window is not shrunk to it.
  CHECK(ZSTD_compressStream2(context, &output, &input, ZSTD_e_flush) == 0);
  CHECK(ZSTD_compressStream2(context, &output, &input, ZSTD_e_end) == 0);
  out.resize(output.pos);
  ZSTD_freeCCtx(context);
  return out;
}

}  // namespace tests

#include "scanner/layers/decompressor.h"

#include <fmt/format.h>
#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <new>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace scanner::layers {

// feed() may be called with any split of the stream; finish() once, at its end.
class Decompressor::Codec {
 public:
  virtual ~Codec() = default;
  virtual void feed(std::span<const std::byte> bytes) = 0;
  virtual void finish() = 0;
};

namespace {

// Large enough that the cost of a call does not show, small enough to stay in the second-level cache.
constexpr std::size_t kOutputBytes = 128 << 10;
// 128 MiB: what `zstd --long` makes and what zstd's own tools accept by default.
constexpr int kZstdWindowLogMax = 27;
constexpr std::size_t kMagicBytes = 6;

constexpr std::string_view kGzipMagic{"\x1f\x8b", 2};
constexpr std::string_view kZstdMagic{"\x28\xb5\x2f\xfd", 4};
constexpr std::string_view kXzMagic{"\xfd\x37\x7a\x58\x5a\x00", 6};
constexpr std::string_view kBzip2Magic{"BZh", 3};

// A zstd stream may begin with a skippable frame: 0x184D2A50 to 0x184D2A5F, little-endian.
bool is_skippable_frame(std::string_view head) {
  return head.size() >= 4 && (static_cast<unsigned char>(head[0]) & 0xf0U) == 0x50 &&
         head.substr(1, 3) == "\x2a\x4d\x18";
}

class PlainCodec final : public Decompressor::Codec {
 public:
  explicit PlainCodec(const OnRawBytes& on_raw) : on_raw_(on_raw), output_(kOutputBytes) {}

  void feed(std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      const std::size_t count = std::min(bytes.size(), output_.size());
      std::copy_n(bytes.begin(), count, output_.begin());
      bytes = bytes.subspan(count);
      on_raw_(output_, count);
    }
  }
  void finish() override {}

 private:
  const OnRawBytes& on_raw_;
  std::vector<std::byte> output_;
};

std::string_view describe_inflate_error(int code) {
  switch (code) {
    case ISAL_INVALID_BLOCK:
      return "invalid deflate block";
    case ISAL_INVALID_SYMBOL:
      return "invalid deflate symbol";
    case ISAL_INVALID_LOOKBACK:
      return "deflate distance before the start";
    case ISAL_INVALID_WRAPPER:
      return "invalid gzip header";
    case ISAL_UNSUPPORTED_METHOD:
      return "unknown gzip method";
    case ISAL_INCORRECT_CHECKSUM:
      return "wrong gzip checksum or length";
    default:
      return "invalid data";
  }
}

class GzipCodec final : public Decompressor::Codec {
 public:
  explicit GzipCodec(const OnRawBytes& on_raw) : on_raw_(on_raw), output_(kOutputBytes) { start_member(); }

  void feed(std::span<const std::byte> bytes) override {
    // isa-l reads through a non-const pointer but does not write.
    state_.next_in = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(bytes.data()));
    state_.avail_in = static_cast<std::uint32_t>(bytes.size());
    do {
      if (at_member_end_) {
        if (state_.avail_in == 0) return;
        check_next_member();
        start_member();
      }
      inflate_some();
    } while (state_.avail_in != 0 || output_was_full_);
  }

  void finish() override {
    if (!at_member_end_) throw base::ParseError("gzip: the stream ends in the middle of a member");
  }

 private:
  void start_member() {
    std::uint8_t* const next_in = state_.next_in;
    const std::uint32_t avail_in = state_.avail_in;
    isal_inflate_init(&state_);
    state_.crc_flag = ISAL_GZIP;  // reads the header, verifies CRC-32 and ISIZE
    state_.next_in = next_in;
    state_.avail_in = avail_in;
    at_member_end_ = false;
  }

  // Another member may follow the first (eStargz has one for each file); anything else is garbage that a runtime
  // refuses. The second magic byte is checked by isa-l, as it may be in the next piece.
  void check_next_member() const {
    if (*state_.next_in != static_cast<std::uint8_t>(kGzipMagic[0])) {
      throw base::ParseError("gzip: bytes that are not gzip follow the last member");
    }
  }

  void inflate_some() {
    state_.next_out = reinterpret_cast<std::uint8_t*>(output_.data());
    state_.avail_out = static_cast<std::uint32_t>(output_.size());
    const std::uint32_t input_before = state_.avail_in;
    const int result = isal_inflate(&state_);
    const std::size_t produced = output_.size() - state_.avail_out;
    if (produced != 0) on_raw_(output_, produced);
    // Positive results ask for more input or output; the loop in feed() knows which.
    if (result < 0) throw base::ParseError(fmt::format("gzip: {}", describe_inflate_error(result)));
    at_member_end_ = state_.block_state == ISAL_BLOCK_FINISH;
    output_was_full_ = !at_member_end_ && state_.avail_out == 0;
    const bool stuck = produced == 0 && state_.avail_in == input_before && !at_member_end_;
    if (stuck && input_before != 0) throw base::ParseError("gzip: the stream makes no progress");
  }

  const OnRawBytes& on_raw_;
  std::vector<std::byte> output_;
  inflate_state state_{};
  bool at_member_end_ = false;
  bool output_was_full_ = false;
};

class ZstdCodec final : public Decompressor::Codec {
 public:
  explicit ZstdCodec(const OnRawBytes& on_raw) : on_raw_(on_raw), output_(kOutputBytes), stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
    CHECK(!ZSTD_isError(ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax)));
  }

  void feed(std::span<const std::byte> bytes) override {
    ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
    bool output_was_full = false;
    while (input.pos < input.size || output_was_full) {
      ZSTD_outBuffer output{output_.data(), output_.size(), 0};
      const std::size_t result = ZSTD_decompressStream(stream_.get(), &output, &input);
      if (ZSTD_isError(result)) throw base::ParseError(fmt::format("zstd: {}", ZSTD_getErrorName(result)));
      at_frame_end_ = result == 0;
      output_was_full = output.pos == output.size && !at_frame_end_;
      if (output.pos != 0) on_raw_(output_, output.pos);
    }
  }

  void finish() override {
    if (!at_frame_end_) throw base::ParseError("zstd: the stream ends in the middle of a frame");
  }

 private:
  struct FreeStream {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };

  const OnRawBytes& on_raw_;
  std::vector<std::byte> output_;
  std::unique_ptr<ZSTD_DStream, FreeStream> stream_;
  bool at_frame_end_ = false;
};

}  // namespace

Decompressor::Decompressor(OnRawBytes on_raw) : on_raw_(std::move(on_raw)) {}
Decompressor::~Decompressor() = default;

void Decompressor::feed(std::span<const std::byte> bytes) {
  if (codec_ == nullptr) {
    const std::size_t missing = std::min(kMagicBytes - head_.size(), bytes.size());
    head_.append(reinterpret_cast<const char*>(bytes.data()), missing);
    bytes = bytes.subspan(missing);
    if (head_.size() < kMagicBytes) return;
    choose_codec();
  }
  if (!bytes.empty()) codec_->feed(bytes);
}

void Decompressor::finish() {
  if (codec_ == nullptr) {
    if (head_.empty()) return;  // a layer of no bytes is an empty layer to containerd, too
    choose_codec();
  }
  codec_->finish();
}

void Decompressor::choose_codec() {
  const std::string_view head = head_;
  if (head.starts_with(kXzMagic)) throw base::ParseError("xz compression is not supported");
  if (head.starts_with(kBzip2Magic)) throw base::ParseError("bzip2 compression is not supported");
  if (head.starts_with(kGzipMagic)) {
    codec_ = std::make_unique<GzipCodec>(on_raw_);
  } else if (head.starts_with(kZstdMagic) || is_skippable_frame(head)) {
    codec_ = std::make_unique<ZstdCodec>(on_raw_);
  } else {
    codec_ = std::make_unique<PlainCodec>(on_raw_);
  }
  codec_->feed(std::as_bytes(std::span(head_)));
}

}  // namespace scanner::layers

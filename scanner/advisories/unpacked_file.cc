// The only file that includes bzip2.
#include "scanner/advisories/unpacked_file.h"

#include <bzlib.h>
#include <fmt/core.h>

#include <array>

#include "base/error.h"
#include "scanner/advisories/file_reader.h"
#include "scanner/advisories/limits.h"

namespace scanner::advisories {

struct UnpackedFile::State {
  FileReader file;
  bool packed;
  std::uint64_t offset = 0;  // of the next stored byte to read
  std::uint64_t content_bytes = 0;
  std::array<char, 65536> input{};
  bz_stream stream{};
  bool in_stream = false;

  explicit State(const std::string& path) : file(path), packed(path.ends_with(".bz2")) {}
  ~State() {
    if (in_stream) BZ2_bzDecompressEnd(&stream);
  }

  [[noreturn]] void damaged(std::string_view why) const {
    throw base::ParseError(fmt::format("reading {}: damaged bzip2 data before byte {}: {}", file.path(), offset, why));
  }

  // False at the end of the file.
  bool refill() {
    if (stream.avail_in > 0) return true;
    const std::size_t count = file.read_some(offset, input);
    offset += count;
    stream.next_in = input.data();
    stream.avail_in = static_cast<unsigned>(count);
    return count > 0;
  }

  // A file may be several bzip2 streams, one behind the other.
  std::size_t unpack(std::span<char> buffer) {
    stream.next_out = buffer.data();
    stream.avail_out = static_cast<unsigned>(buffer.size());
    while (stream.avail_out == buffer.size()) {
      if (!refill()) {
        if (in_stream) damaged("truncated");
        return 0;
      }
      if (!in_stream) begin_stream();
      const int status = BZ2_bzDecompress(&stream);
      if (status == BZ_STREAM_END) {
        BZ2_bzDecompressEnd(&stream);
        in_stream = false;
      } else if (status != BZ_OK) {
        damaged(fmt::format("error {}", status));
      }
    }
    return buffer.size() - stream.avail_out;
  }

  void begin_stream() {
    const bz_stream before = stream;
    stream = {};
    CHECK(BZ2_bzDecompressInit(&stream, 0, 0) == BZ_OK);
    in_stream = true;
    stream.next_in = before.next_in;
    stream.avail_in = before.avail_in;
    stream.next_out = before.next_out;
    stream.avail_out = before.avail_out;
  }
};

UnpackedFile::UnpackedFile(const std::string& path) : state_(std::make_unique<State>(path)) {}
UnpackedFile::~UnpackedFile() = default;

std::size_t UnpackedFile::read(std::span<char> buffer) {
  State& state = *state_;
  std::size_t count = 0;
  if (state.packed) {
    count = state.unpack(buffer);
  } else {
    count = state.file.read_some(state.offset, buffer);
    state.offset += count;
  }
  state.content_bytes += count;
  if (state.content_bytes > kXmlBytesMax) {
    throw base::LimitExceeded(
        fmt::format("reading {}: more than {} bytes of content", state.file.path(), kXmlBytesMax));
  }
  return count;
}

std::uint64_t UnpackedFile::bytes_done() const {
  return state_->offset;
}
std::uint64_t UnpackedFile::bytes_total() const {
  return state_->file.size();
}

}  // namespace scanner::advisories

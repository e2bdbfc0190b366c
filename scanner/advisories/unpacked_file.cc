#include "scanner/advisories/unpacked_file.h"

#include <fmt/core.h>

#include <array>

#include "base/error.h"
#include "scanner/advisories/file_reader.h"
#include "scanner/advisories/limits.h"
#include "scanner/advisories/stream_codec.h"

namespace scanner::advisories {

namespace {

std::unique_ptr<StreamCodec> codec_of(const std::string& path) {
  if (path.ends_with(".bz2")) return make_bzip2_codec();
  if (path.ends_with(".gz")) return make_gzip_codec();
  if (path.ends_with(".zst")) return make_zstd_codec();
  return nullptr;
}

}  // namespace

struct UnpackedFile::State {
  FileReader file;
  std::unique_ptr<StreamCodec> codec;  // null: the file is plain
  std::uint64_t offset = 0;            // of the next stored byte to read
  std::uint64_t content_bytes = 0;
  std::array<char, 65536> buffer{};
  std::span<char> input{};  // of the buffer: read and not yet unpacked
  bool in_stream = false;

  explicit State(const std::string& path) : file(path), codec(codec_of(path)) {}

  [[noreturn]] void damaged(std::string_view why) const {
    throw base::ParseError(fmt::format("reading {}: damaged data before byte {}: {}", file.path(), offset, why));
  }

  // False at the end of the file.
  bool refill() {
    if (!input.empty()) return true;
    const std::size_t count = file.read_some(offset, buffer);
    offset += count;
    input = std::span(buffer).first(count);
    return count > 0;
  }

  // A file may be several streams, one behind the other.
  std::size_t unpack(std::span<char> output) {
    std::size_t produced = 0;
    while (produced == 0) {
      const bool has_input = refill();
      if (!has_input && !in_stream) return 0;
      if (!in_stream) codec->begin();
      const StreamCodec::Step step = codec->step(input, output);
      if (step.error != 0) damaged(fmt::format("error {}", step.error));
      produced = step.produced;
      input = input.subspan(step.consumed);
      in_stream = !step.finished;
      // Without input there may still be content that did not fit into the output before.
      if (!has_input && in_stream && produced == 0) damaged("truncated");
    }
    return produced;
  }
};

UnpackedFile::UnpackedFile(const std::string& path) : state_(std::make_unique<State>(path)) {}
UnpackedFile::~UnpackedFile() = default;

std::size_t UnpackedFile::read(std::span<char> buffer) {
  State& state = *state_;
  std::size_t count = 0;
  if (state.codec != nullptr) {
    count = state.unpack(buffer);
  } else {
    count = state.file.read_some(state.offset, buffer);
    state.offset += count;
  }
  state.content_bytes += count;
  if (state.content_bytes > kUnpackedBytesMax) {
    throw base::LimitExceeded(
        fmt::format("reading {}: more than {} bytes of content", state.file.path(), kUnpackedBytesMax));
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

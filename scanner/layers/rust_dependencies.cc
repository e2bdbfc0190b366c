#include "scanner/layers/rust_dependencies.h"

#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace scanner::layers {
namespace {

// What serde writes first.
constexpr std::string_view kListStart = R"({"packages":[)";
// A zlib stream of this many bytes has given as many of its content as that.
constexpr std::size_t kJudgedBytes = 1024;

// The first two bytes of a zlib stream with a window of 32 KiB and no dictionary.
constexpr char kZlibByte = 'x';
constexpr std::string_view kZlibLevels("\x01\x5e\x9c\xda", 4);

// Behind zlib's two bytes, whether a block begins that packs: one that is only stored would be longer than its content.
bool may_begin_list(std::string_view text) {
  const auto block = (static_cast<unsigned char>(text[2]) >> 1) & 3U;
  return kZlibLevels.find(text[1]) != std::string_view::npos && (block == 1 || block == 2);
}

}  // namespace

// One zlib stream at a time.
struct RustDependencies::Inflater {
  enum class Status { kMore, kEnd, kBroken };

  // Its tables are large, and written before they are read.
  std::unique_ptr<inflate_state> state = std::make_unique_for_overwrite<inflate_state>();

  void begin() {
    isal_inflate_init(state.get());
    state->crc_flag = ISAL_ZLIB;
  }

  // Appends to `content` until it has `size` bytes or `packed` is used up.
  Status step(std::string_view packed, std::string& content, std::size_t size) {
    // isa-l reads through a non-const pointer but does not write.
    state->next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(packed.data()));
    state->avail_in = static_cast<std::uint32_t>(packed.size());
    std::array<std::uint8_t, 65536> output;
    while (content.size() < size) {
      const std::size_t room = std::min(output.size(), size - content.size());
      state->next_out = output.data();
      state->avail_out = static_cast<std::uint32_t>(room);
      if (isal_inflate(state.get()) < 0) return Status::kBroken;
      const std::size_t produced = room - state->avail_out;
      content.append(reinterpret_cast<const char*>(output.data()), produced);
      if (state->block_state == ISAL_BLOCK_FINISH) return Status::kEnd;
      if (produced == 0) return Status::kMore;
    }
    return Status::kMore;
  }
};

RustDependencies::RustDependencies() = default;
RustDependencies::~RustDependencies() = default;
RustDependencies::RustDependencies(RustDependencies&&) noexcept = default;
RustDependencies& RustDependencies::operator=(RustDependencies&&) noexcept = default;

void RustDependencies::feed(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (state_ == State::kTaking) return take(text);
  if (state_ != State::kLooking) return;
  if (pending_.empty()) return look(text);
  const std::string joined = std::exchange(pending_, {}) + std::string(text);
  look(joined);
}

void RustDependencies::look(std::string_view text) {
  constexpr std::size_t kHeadBytes = 3;
  for (std::size_t at = text.find(kZlibByte); at != std::string_view::npos; at = text.find(kZlibByte, at + 1)) {
    const std::string_view rest = text.substr(at);
    if (rest.size() >= kHeadBytes && !may_begin_list(rest)) continue;
    if (++tries_ > kTriesMax) {
      state_ = State::kGivenUp;
      return;
    }
    const Verdict verdict = rest.size() < kHeadBytes ? Verdict::kNotKnown : judge(rest);
    if (verdict == Verdict::kNo) continue;
    if (verdict == Verdict::kYes) return begin(rest);
    pending_ = rest;
    return;
  }
}

RustDependencies::Verdict RustDependencies::judge(std::string_view packed) {
  if (!inflater_) inflater_ = std::make_unique<Inflater>();
  inflater_->begin();
  std::string content;
  const Inflater::Status status = inflater_->step(packed.substr(0, kJudgedBytes), content, kListStart.size());
  if (content == kListStart) return Verdict::kYes;
  const bool may_go_on = status == Inflater::Status::kMore && packed.size() < kJudgedBytes;
  return may_go_on && kListStart.starts_with(content) ? Verdict::kNotKnown : Verdict::kNo;
}

void RustDependencies::begin(std::string_view packed) {
  state_ = State::kTaking;
  inflater_->begin();
  take(packed);
}

void RustDependencies::take(std::string_view packed) {
  const Inflater::Status status = inflater_->step(packed, taken_, kListBytesMax);
  if (status != Inflater::Status::kEnd) return;
  list_ = std::move(taken_);
  state_ = State::kDone;
}

}  // namespace scanner::layers

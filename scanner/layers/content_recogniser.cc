#include "scanner/layers/content_recogniser.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace scanner::layers {
namespace {

constexpr std::string_view kElfMagic =
    "\x7f"
    "ELF";
// Fourteen bytes at an address, and so at an offset, that is a multiple of 16: Go's debug/buildinfo looks for them so.
constexpr std::string_view kGoMark = "\xff Go buildinf:";
// Then the size of a pointer and flags; the two texts follow behind 32 bytes, or pointers to them where a program was
// built before Go 1.18.
constexpr std::size_t kPointerSizeAt = 14;
constexpr std::size_t kFlagsAt = 15;
constexpr std::size_t kTextsAt = 32;
constexpr unsigned kInlineTexts = 2;
// The module text stands between two marks of sixteen bytes each.
constexpr std::size_t kSentinelBytes = 16;
// "go1.22.1", with experiments behind it.
constexpr std::size_t kVersionBytesMax = 256;

// UPX writes its name behind the program headers.
constexpr std::string_view kPackerMark = "UPX!";
constexpr std::size_t kHeadBytes = 512;

// Takes a text with its length (a varint) before it; nullopt while its end is not there.
struct TextTaker {
  std::string_view rest;
  bool broken = false;  // there is no length

  std::optional<std::string_view> take() {
    std::uint64_t size = 0;
    for (std::size_t i = 0; i < 5; ++i) {
      if (i == rest.size()) return std::nullopt;
      const auto byte = static_cast<unsigned char>(rest[i]);
      size |= std::uint64_t{byte & 0x7fU} << (7 * i);
      if (byte >= 0x80) continue;
      if (size > rest.size() - i - 1) return std::nullopt;
      const std::string_view text = rest.substr(i + 1, size);
      rest.remove_prefix(i + 1 + size);
      return text;
    }
    broken = true;
    return std::nullopt;
  }
};

bool is_tool_chain(std::string_view version) {
  return version.starts_with("go1") || version.starts_with("devel ");
}

// The mark alone stands in every program that looks for it.
bool may_be_header(std::string_view captured) {
  const auto pointer_size = static_cast<unsigned char>(captured[kPointerSizeAt]);
  const auto flags = static_cast<unsigned char>(captured[kFlagsAt]);
  return (pointer_size == 4 || pointer_size == 8) && flags <= 3;
}

}  // namespace

void ContentRecogniser::reset(std::string mark) {
  if (is_elf()) {
    *this = {};
  } else {
    state_ = State::kStart;
    partial_bytes_ = 0;
  }
  if (mark.empty() && !has_mark_) return;
  has_mark_ = !mark.empty();
  text_ = ProgramText(std::move(mark));
}

bool ContentRecogniser::feed(std::span<const std::byte> bytes) {
  const bool first = state_ == State::kStart;
  if (!first) feed_searches(bytes);
  const bool goes_on = feed_blocks(bytes);
  // What they look for lies behind the headers, which are in the first block.
  if (first) feed_searches(bytes);
  // The block that tells of it may be in this piece, and the list in the same.
  dotnet_.feed(bytes);
  return goes_on;
}

void ContentRecogniser::feed_searches(std::span<const std::byte> bytes) {
  if (!is_elf()) return;
  rust_.feed(bytes);
  text_.feed(bytes);
}

bool ContentRecogniser::feed_blocks(std::span<const std::byte> bytes) {
  const std::size_t missing = std::min(bytes.size(), (kBlockBytes - partial_bytes_) % kBlockBytes);
  std::copy_n(bytes.begin(), missing, partial_.begin() + static_cast<std::ptrdiff_t>(partial_bytes_));
  if (missing > 0 && partial_bytes_ + missing == kBlockBytes) on_block(partial_);
  partial_bytes_ = (partial_bytes_ + missing) % kBlockBytes;
  bytes = bytes.subspan(missing);
  while (bytes.size() >= kBlockBytes && wants_more()) {
    on_block(bytes.first(kBlockBytes));
    bytes = bytes.subspan(kBlockBytes);
  }
  if (!wants_more()) return false;
  std::copy_n(bytes.begin(), bytes.size(), partial_.begin());
  if (!bytes.empty()) partial_bytes_ = bytes.size();
  return true;
}

void ContentRecogniser::on_block(std::span<const std::byte> block) {
  const std::string_view text(reinterpret_cast<const char*>(block.data()), block.size());
  if (state_ == State::kStart) state_ = text.starts_with(kElfMagic) ? State::kElf : State::kOther;
  if (state_ == State::kElf) {
    on_elf_block(text);
  } else if (state_ == State::kCapture) {
    captured_ += text;
    on_captured();
  }
}

void ContentRecogniser::on_elf_block(std::string_view block) {
  if (head_.size() < kHeadBytes) {
    head_ += block;
    if (head_.size() >= kHeadBytes && head_.find(kPackerMark) != std::string::npos) {
      state_ = State::kPacked;
      return;
    }
  }
  if (DotnetBundle::may_begin(block)) dotnet_.begin();
  if (!block.starts_with(kGoMark)) return;
  state_ = State::kCapture;
  captured_ = block;
  if (!may_be_header(captured_)) capture_was_wrong();
}

void ContentRecogniser::on_captured() {
  if ((static_cast<unsigned char>(captured_[kFlagsAt]) & kInlineTexts) == 0) {
    state_ = State::kOldGoProgram;
    return;
  }
  if (captured_.size() < kTextsAt) return;
  TextTaker taker{.rest = std::string_view(captured_).substr(kTextsAt)};
  const std::optional<std::string_view> version = taker.take();
  const bool too_long = !version && taker.rest.size() > kVersionBytesMax;
  if (taker.broken || too_long || (version && !is_tool_chain(*version))) return capture_was_wrong();
  if (!version) return;
  const std::optional<std::string_view> modules = taker.take();
  if (taker.broken || captured_.size() > kGoBuildInfoBytesMax) return capture_was_wrong();
  if (!modules) return;
  const bool whole = modules->size() >= 2 * kSentinelBytes;
  go_build_info_ = *version;
  go_build_info_ += '\n';
  if (whole) go_build_info_ += modules->substr(kSentinelBytes, modules->size() - 2 * kSentinelBytes);
  state_ = State::kGoProgram;
}

// Looks on behind the mark; what was captured may hold the true one.
void ContentRecogniser::capture_was_wrong() {
  const std::string behind = captured_.substr(kBlockBytes);
  captured_.clear();
  go_bytes_again_ += behind.size();
  state_ = go_bytes_again_ <= kGoBytesAgainMax ? State::kElf : State::kGivenUp;
  for (std::size_t at = 0; at < behind.size() && wants_more(); at += kBlockBytes) {
    on_block(std::as_bytes(std::span(behind).subspan(at, kBlockBytes)));
  }
}

std::string_view ContentRecogniser::unsupported_kind() const {
  switch (state_) {
    case State::kOldGoProgram:
      return "Go program from before Go 1.18";
    case State::kCapture:
      return "Go program whose build information is cut off";
    case State::kGivenUp:
      return "program with too many marks of a Go program";
    case State::kPacked:
      return "program packed by UPX";
    default:
      if (rust_.is_given_up()) return "program with too many marks of a Rust program";
      if (dotnet_.lacks_its_list()) return ".NET application in a single file whose list of libraries was not found";
      return rust_.is_cut_off() ? "Rust program whose dependency list is cut off" : std::string_view{};
  }
}

}  // namespace scanner::layers

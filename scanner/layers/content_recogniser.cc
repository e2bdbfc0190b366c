#include "scanner/layers/content_recogniser.h"

#include <algorithm>
#include <cstring>

namespace scanner::layers {
namespace {

constexpr std::string_view kElfMagic =
    "\x7f"
    "ELF";
// Fourteen bytes at an address, and so at an offset, that is a multiple of 16: Go's debug/buildinfo looks for them so.
constexpr std::string_view kGoBuildInfo = "\xff Go buildinf:";

bool begins_with(const std::byte* block, std::string_view text) {
  return std::memcmp(block, text.data(), text.size()) == 0;
}

}  // namespace

bool ContentRecogniser::feed(std::span<const std::byte> bytes) {
  const std::size_t missing = std::min(bytes.size(), (kBlockBytes - partial_bytes_) % kBlockBytes);
  std::copy_n(bytes.begin(), missing, partial_.begin() + static_cast<std::ptrdiff_t>(partial_bytes_));
  if (missing > 0 && partial_bytes_ + missing == kBlockBytes) on_block(partial_.data());
  partial_bytes_ = (partial_bytes_ + missing) % kBlockBytes;
  bytes = bytes.subspan(missing);
  while (bytes.size() >= kBlockBytes && (state_ == State::kStart || state_ == State::kElf)) {
    on_block(bytes.data());
    bytes = bytes.subspan(kBlockBytes);
  }
  if (state_ != State::kStart && state_ != State::kElf) return false;
  std::copy_n(bytes.begin(), bytes.size(), partial_.begin());
  if (!bytes.empty()) partial_bytes_ = bytes.size();
  return true;
}

void ContentRecogniser::on_block(const std::byte* block) {
  if (state_ == State::kStart) {
    state_ = begins_with(block, kElfMagic) ? State::kElf : State::kOther;
  } else if (begins_with(block, kGoBuildInfo)) {
    state_ = State::kGoProgram;
  }
}

std::string_view ContentRecogniser::unsupported_kind() const {
  return state_ == State::kGoProgram ? std::string_view("Go program") : std::string_view{};
}

}  // namespace scanner::layers

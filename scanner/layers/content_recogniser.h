// What a file is, told by its content while it streams by: nothing of it needs to be kept.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace scanner::layers {

// Tells a file by its content, piece by piece: whether it is an ELF file, and one that the Go tool chain built. Costs
// one comparison for every 16 bytes of an ELF file and nothing for other files. One file; not thread-safe.
class ContentRecogniser {
 public:
  // Returns whether it wants to see the next piece.
  [[nodiscard]] bool feed(std::span<const std::byte> bytes);

  [[nodiscard]] bool is_elf() const { return state_ == State::kElf || state_ == State::kGoProgram; }
  // "Go program", or an empty view.
  [[nodiscard]] std::string_view unsupported_kind() const;

 private:
  static constexpr std::size_t kBlockBytes = 16;
  enum class State { kStart, kElf, kGoProgram, kOther };

  void on_block(const std::byte* block);

  State state_ = State::kStart;
  std::array<std::byte, kBlockBytes> partial_{};  // the start of a block whose rest is in the next piece
  std::size_t partial_bytes_ = 0;
};

}  // namespace scanner::layers

// Texts in a program as it streams by: what stands behind a mark, such as "node.js/v", tells which release it is.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace scanner::layers {

// One file; not thread-safe. Costs a search for the mark and a copy of the file's bytes, piece by piece.
class ProgramText {
 public:
  static constexpr std::size_t kTextBytesMax = 64;  // with the mark
  static constexpr std::size_t kTextsMax = 256;

  // An empty mark is found nowhere; one that begins with a zero byte only where a text begins.
  explicit ProgramText(std::string mark = {}) : mark_(std::move(mark)) {}

  void feed(std::span<const std::byte> bytes);
  // The file has ended, or nothing more of it comes.
  void finish();

  // After finish(), a line each: the mark (without the zero byte) and the printable bytes (space to "~") behind it, the
  // first kTextsMax of them.
  [[nodiscard]] const std::string& texts() const { return texts_; }

 private:
  void take(std::string_view text);
  [[nodiscard]] std::size_t take_those_before(std::size_t end);

  std::string mark_;
  std::string window_;  // from what may be a mark whose text is in the next piece
  std::string texts_;
  std::size_t count_ = 0;
};

}  // namespace scanner::layers

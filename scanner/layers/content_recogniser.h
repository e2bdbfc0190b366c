// What a file is, told by its content while it streams by: of most files nothing needs to be kept.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "scanner/layers/dotnet_bundle.h"
#include "scanner/layers/program_text.h"
#include "scanner/layers/rust_dependencies.h"

namespace scanner::layers {

// The kind of content that a recogniser hands over for a Go program: the version of the tool chain, a newline, and what
// it wrote of the program's modules. https://pkg.go.dev/debug/buildinfo
inline constexpr std::string_view kGoBuildInfoKind = "Go build information";
// For a Rust program: rust_dependencies.h.
inline constexpr std::string_view kRustDependenciesKind = "Rust dependency list";
// For a .NET application in a single file: dotnet_bundle.h.
inline constexpr std::string_view kDotnetLibrariesKind = ".NET library list";
// For a program in which a mark was looked for: program_text.h.
inline constexpr std::string_view kProgramTextKind = "program text";

// Tells a file by its content, piece by piece: whether it is an ELF file, one that was packed, one that the Go tool
// chain built, one that says of which Rust crates or .NET libraries it was built, and what it says behind a mark. Costs
// two comparisons for every 16 bytes of an ELF file, what RustDependencies and, with a mark, ProgramText cost, and
// nothing for other files; keeps at most kGoBuildInfoBytesMax and two lists of kListBytesMax. One file; not
// thread-safe.
class ContentRecogniser {
 public:
  // Kubernetes' own programs have some 30 KB.
  static constexpr std::size_t kGoBuildInfoBytesMax = std::size_t{4} << 20;
  // What is looked at once more because a mark turned out to be none. The Go tools have some such marks, of some bytes.
  static constexpr std::size_t kGoBytesAgainMax = std::size_t{16} << 20;

  // For another file, with the mark to look for in it; costs next to nothing where this one was no ELF file.
  void reset(std::string mark = {});
  // Returns whether it wants to see the next piece.
  [[nodiscard]] bool feed(std::span<const std::byte> bytes);

  [[nodiscard]] bool is_elf() const { return state_ != State::kStart && state_ != State::kOther; }
  // The file has ended, or nothing more is wanted.
  void finish() { text_.finish(); }

  // Each of these after finish(): what is of a kind that nobody can read; empty: it is not.
  [[nodiscard]] std::string_view unsupported_kind() const;
  // Of kGoBuildInfoKind; empty: the file is no Go program, or none that can be read.
  [[nodiscard]] const std::string& go_build_info() const { return go_build_info_; }
  // Of kRustDependenciesKind; empty: the file has no such list, or none that can be read.
  [[nodiscard]] const std::string& rust_dependencies() const { return rust_.list(); }
  // Places of an ELF file that were tried because a list of Rust might begin there: they cost more than other bytes.
  [[nodiscard]] std::uint64_t rust_tries() const { return rust_.tries(); }
  // Of kDotnetLibrariesKind; empty: the file is no such application, or none whose list can be read.
  [[nodiscard]] const std::string& dotnet_libraries() const { return dotnet_.list(); }
  // Of kProgramTextKind; empty: no ELF file, no mark, or it is not there.
  [[nodiscard]] const std::string& program_text() const { return text_.texts(); }

 private:
  static constexpr std::size_t kBlockBytes = 16;
  enum class State { kStart, kElf, kCapture, kGoProgram, kOldGoProgram, kGivenUp, kPacked, kOther };

  [[nodiscard]] bool wants_more() const { return state_ <= State::kCapture; }
  void feed_searches(std::span<const std::byte> bytes);
  [[nodiscard]] bool feed_blocks(std::span<const std::byte> bytes);
  void on_block(std::span<const std::byte> block);
  void on_elf_block(std::string_view block);
  void on_captured();
  void capture_was_wrong();

  State state_ = State::kStart;
  std::array<std::byte, kBlockBytes> partial_{};  // the start of a block whose rest is in the next piece
  std::size_t partial_bytes_ = 0;
  std::string head_;      // of an ELF file
  std::string captured_;  // from what may be the mark of build information
  std::string go_build_info_;
  std::size_t go_bytes_again_ = 0;
  RustDependencies rust_;
  DotnetBundle dotnet_;
  ProgramText text_;
  bool has_mark_ = false;  // something is looked for in this file
};

}  // namespace scanner::layers

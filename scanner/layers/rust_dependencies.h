// The list of crates that cargo-auditable puts into a Rust program, found while the program streams by: the section
// ".dep-v0" is known by its headers alone, which stand at the end of the file, so that the list is told by its content.
// https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace scanner::layers {

// One ELF file; not thread-safe. Costs a search for one byte, and some decoding for every 30,000th.
class RustDependencies {
 public:
  // The largest programs have some 100 KB.
  static constexpr std::size_t kListBytesMax = std::size_t{8} << 20;
  // What is decoded a little because a list might begin there, a microsecond or two each. A program of a gigabyte has
  // some 30,000 such places; one that was made for it has one in three bytes.
  static constexpr std::uint64_t kTriesMax = 1'000'000;
  static constexpr std::uint64_t kTriesOfLayerMax = 10'000'000;  // for who reads many files

  RustDependencies();
  ~RustDependencies();
  RustDependencies(RustDependencies&&) noexcept;
  RustDependencies& operator=(RustDependencies&&) noexcept;

  void feed(std::span<const std::byte> bytes);

  // Places at which a list might have begun.
  [[nodiscard]] std::uint64_t tries() const { return tries_; }
  // There were more of them than are tried.
  [[nodiscard]] bool is_given_up() const { return state_ == State::kGivenUp; }

  // Once it has been seen whole: the JSON text. Empty: none was seen.
  [[nodiscard]] const std::string& list() const { return list_; }
  // Whether the file ended, or the bound was reached, in the middle of it.
  [[nodiscard]] bool is_cut_off() const { return state_ == State::kTaking; }

 private:
  enum class State { kLooking, kTaking, kDone, kGivenUp };
  enum class Verdict { kNo, kYes, kNotKnown };

  struct Inflater;

  void look(std::string_view text);
  void begin(std::string_view packed);
  void take(std::string_view packed);
  [[nodiscard]] Verdict judge(std::string_view packed);

  State state_ = State::kLooking;
  std::uint64_t tries_ = 0;
  std::string pending_;  // from what may be the start of a list, where a piece ended too early to tell
  std::string taken_;    // of the list, so far
  std::string list_;
  std::unique_ptr<Inflater> inflater_;  // made when it is needed first: most programs have no list
};

}  // namespace scanner::layers

// The list of libraries (NAME.deps.json) that a .NET application holds which was published as a single file: its host
// program with all the application's files behind it. Where they lie is told at the file's end alone, so that the list
// is known by its content. https://github.com/dotnet/designs/blob/main/accepted/2020/single-file/bundler.md
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace scanner::layers {

// One ELF file; not thread-safe. Costs nothing before begin().
class DotnetBundle {
 public:
  // The largest seen have some 300 KB.
  static constexpr std::size_t kListBytesMax = std::size_t{8} << 20;

  // Whether sixteen bytes at an offset that is a multiple of 16 are where a host program says that files follow: eight
  // of the offset of their list, which is 0 in a host alone, and the first of the mark behind it.
  [[nodiscard]] static bool may_begin(std::string_view block);

  // The file is such an application; feed() gets the piece that said so, and those behind it.
  void begin() { state_ = state_ == State::kNone ? State::kLooking : state_; }
  void feed(std::span<const std::byte> bytes);

  // Once it has been seen whole: the JSON text. Empty: none was seen.
  [[nodiscard]] const std::string& list() const { return list_; }
  // An application whose list was not there, or not to its end.
  [[nodiscard]] bool lacks_its_list() const { return state_ == State::kLooking || state_ == State::kTaking; }

 private:
  enum class State { kNone, kLooking, kTaking, kDone };

  void look();
  void take(std::string_view text);
  [[nodiscard]] bool closes_list(char c);

  State state_ = State::kNone;
  std::string window_;  // from what may be the start of the list
  std::string taken_;   // of the list, so far
  std::string list_;
  std::size_t depth_ = 0;  // open braces in `taken_`
  bool in_text_ = false;   // between quotes
  bool escapes_ = false;   // behind a backslash
};

}  // namespace scanner::layers

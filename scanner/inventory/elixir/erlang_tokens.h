// The words of Erlang terms, as its tools write them into files.
// https://www.erlang.org/doc/system/data_types.html
#pragma once

#include <cstdint>
#include <string_view>

namespace scanner::inventory {

struct ErlangToken {
  enum class Kind : std::uint8_t { kEnd, kAtom, kText, kSign, kOther };
  Kind kind = Kind::kEnd;
  std::string_view text{};  // of an atom or a text without its quotes, escapes as they stand; "{", "<<"

  bool operator==(const ErlangToken&) const = default;
};

// Views into `text`, which must outlive it. A quote that nothing closes is the end.
class ErlangTokens {
 public:
  explicit ErlangTokens(std::string_view text) : rest_(text) {}

  [[nodiscard]] ErlangToken next();
  // Takes the next token and returns whether it was this one.
  [[nodiscard]] bool take(ErlangToken::Kind kind, std::string_view text) {
    return next() == ErlangToken{.kind = kind, .text = text};
  }

 private:
  [[nodiscard]] ErlangToken cut(ErlangToken::Kind kind, std::size_t size);
  [[nodiscard]] ErlangToken quoted(ErlangToken::Kind kind);
  void pass_blanks();

  std::string_view rest_;
};

}  // namespace scanner::inventory

// A record of fields as bytes: numbers in seven bits a byte, least first (LEB128, as protobuf's varint), texts behind
// their lengths. No names and no types: reader and writer agree on the order, and the format's version comes first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace base {

class FieldWriter {
 public:
  void number(std::uint64_t value);
  void text(std::string_view value);
  void texts(const std::vector<std::string>& values);

  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  [[nodiscard]] std::string take() { return std::move(bytes_); }
  void clear() { bytes_.clear(); }

 private:
  std::string bytes_;
};

// Reads what may not be what a FieldWriter wrote. Every call throws ParseError with the message given where the bytes
// are no such field; nothing is reserved on the word of a length. Borrows the bytes; the views it returns point into
// them.
class FieldReader {
 public:
  // `message` for a person: what is damaged and what to do. Must outlive the reader.
  FieldReader(std::string_view bytes, std::string_view message) : rest_(bytes), message_(message) {}

  [[nodiscard]] std::uint64_t number();
  [[nodiscard]] std::string_view text();
  [[nodiscard]] std::vector<std::string> texts();
  // How many items follow; an item takes a byte at least, so that more than the bytes left is a lie.
  [[nodiscard]] std::size_t count();
  // A number that is a value of an enumeration which begins at 0.
  template <typename Enum>
  [[nodiscard]] Enum word(Enum last) {
    const std::uint64_t value = number();
    require(value <= static_cast<std::uint64_t>(last));
    return static_cast<Enum>(value);
  }

  [[nodiscard]] bool is_at_end() const { return rest_.empty(); }
  void require(bool holds) const;
  // Nothing may be left.
  void finish() const { require(rest_.empty()); }

 private:
  std::string_view rest_;
  std::string_view message_;
};

}  // namespace base

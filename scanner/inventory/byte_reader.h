// Numbers and pieces out of binary files that cannot be trusted: every access is checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace scanner::inventory {

enum class ByteOrder : std::uint8_t { kLittle, kBig };

// A view of a binary file, or of a part of it. Reads outside it throw base::ParseError.
class ByteReader {
 public:
  ByteReader(std::string_view bytes, ByteOrder order) : bytes_(bytes), order_(order) {}

  [[nodiscard]] std::uint8_t u8(std::size_t offset) const { return static_cast<std::uint8_t>(number(offset, 1)); }
  [[nodiscard]] std::uint16_t u16(std::size_t offset) const { return static_cast<std::uint16_t>(number(offset, 2)); }
  [[nodiscard]] std::uint32_t u32(std::size_t offset) const { return static_cast<std::uint32_t>(number(offset, 4)); }
  [[nodiscard]] std::uint64_t u64(std::size_t offset) const { return number(offset, 8); }
  [[nodiscard]] std::string_view piece(std::size_t offset, std::size_t size) const;
  // Up to the zero byte that ends it.
  [[nodiscard]] std::string_view text(std::size_t offset) const;
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }

 private:
  [[nodiscard]] std::uint64_t number(std::size_t offset, std::size_t size) const;

  std::string_view bytes_;
  ByteOrder order_;
};

}  // namespace scanner::inventory

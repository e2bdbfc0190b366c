#include "scanner/inventory/byte_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace scanner::inventory {

std::string_view ByteReader::piece(std::size_t offset, std::size_t size) const {
  if (offset > bytes_.size() || size > bytes_.size() - offset) {
    throw base::ParseError(fmt::format("{} bytes at offset {} are beyond the end", size, offset));
  }
  return bytes_.substr(offset, size);
}

std::string_view ByteReader::text(std::size_t offset) const {
  const std::string_view rest = piece(offset, bytes_.size() - std::min(offset, bytes_.size()));
  const std::size_t end = rest.find('\0');
  if (end == std::string_view::npos) throw base::ParseError(fmt::format("the text at offset {} has no end", offset));
  return rest.substr(0, end);
}

std::uint64_t ByteReader::number(std::size_t offset, std::size_t size) const {
  const std::string_view bytes = piece(offset, size);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t at = order_ == ByteOrder::kBig ? i : size - 1 - i;
    value = (value << 8) | static_cast<unsigned char>(bytes[at]);
  }
  return value;
}

}  // namespace scanner::inventory

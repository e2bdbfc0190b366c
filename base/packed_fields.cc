#include "base/packed_fields.h"

#include "base/error.h"

namespace base {

void FieldWriter::number(std::uint64_t value) {
  while (value >= 0x80) {
    bytes_.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  bytes_.push_back(static_cast<char>(value));
}

void FieldWriter::text(std::string_view value) {
  number(value.size());
  bytes_.append(value);
}

void FieldWriter::texts(const std::vector<std::string>& values) {
  number(values.size());
  for (const std::string& value : values) text(value);
}

std::uint64_t FieldReader::number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    require(!rest_.empty());
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return value;
  }
  throw ParseError(std::string(message_));
}

std::string_view FieldReader::text() {
  const std::uint64_t size = number();
  require(size <= rest_.size());
  const std::string_view value = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return value;
}

std::vector<std::string> FieldReader::texts() {
  std::vector<std::string> values;
  for (std::size_t left = count(); left > 0; --left) values.emplace_back(text());
  return values;
}

std::size_t FieldReader::count() {
  const std::uint64_t value = number();
  require(value <= rest_.size());
  return value;
}

void FieldReader::require(bool holds) const {
  if (!holds) throw ParseError(std::string(message_));
}

}  // namespace base

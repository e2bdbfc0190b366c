#include "base/byte_source.h"

#include <fmt/format.h>

#include "base/error.h"

namespace base {

std::string MemorySource::read_at(std::uint64_t offset, std::size_t length) const {
  std::string unused;
  return std::string(view_at(offset, length, unused));
}

std::string_view MemorySource::view_at(std::uint64_t offset, std::size_t length, std::string& /*room*/) const {
  if (offset > bytes_.size() || length > bytes_.size() - offset) {
    throw ParseError(fmt::format("reading {}: truncated: {} bytes at offset {} are not there", name_, length, offset));
  }
  return bytes_.substr(static_cast<std::size_t>(offset), length);
}

}  // namespace base

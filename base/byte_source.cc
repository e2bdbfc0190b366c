#include "base/byte_source.h"

#include <fmt/format.h>

#include "base/error.h"

namespace base {

std::string MemorySource::read_at(std::uint64_t offset, std::size_t length) const {
  if (offset > bytes_.size() || length > bytes_.size() - offset) {
    throw ParseError(fmt::format("reading {}: truncated: {} bytes at offset {} are not there", name_, length, offset));
  }
  return std::string(bytes_.substr(static_cast<std::size_t>(offset), length));
}

}  // namespace base

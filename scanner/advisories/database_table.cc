#include "scanner/advisories/database_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "base/packed_fields.h"
#include "scanner/advisories/database_keys.h"

namespace scanner::advisories {
namespace {

constexpr std::uint64_t kRecordsOfABlock = 32;  // on average
constexpr std::size_t kBlockBytes = std::size_t{64} << 10;
constexpr std::size_t kLengthBytes = 8;

// FNV-1a, of 64 bits; its upper half, which every byte of the key has reached.
std::uint64_t hash_of(std::string_view key) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : key) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return hash >> 32;
}

std::uint64_t decode_length(std::string_view bytes) {
  std::uint64_t length = 0;
  for (std::size_t at = kLengthBytes; at > 0; --at) length = length << 8 | static_cast<unsigned char>(bytes[at - 1]);
  return length;
}

}  // namespace

bool ends_block(std::string_view key, std::size_t block_bytes) {
  return block_bytes >= kBlockBytes || hash_of(key) % kRecordsOfABlock == 0;
}

DatabaseTable::DatabaseTable(std::string_view bytes, std::string_view place)
    : damaged_(fmt::format("reading database {}: its table is damaged; build or fetch it again", place)) {
  if (bytes.size() < kLengthBytes + kTableMagic.size() || !bytes.ends_with(kTableMagic)) {
    throw base::ParseError(
        fmt::format("reading database {}: not of format {}, which this program reads; build or fetch it again", place,
                    kDatabaseFormatVersion));
  }
  bytes.remove_suffix(kTableMagic.size());
  const std::uint64_t index_bytes = decode_length(bytes.substr(bytes.size() - kLengthBytes));
  bytes.remove_suffix(kLengthBytes);
  if (index_bytes > bytes.size()) throw base::ParseError(damaged_);
  records_ = bytes.substr(0, bytes.size() - index_bytes);
  base::FieldReader index(bytes.substr(records_.size()), damaged_);
  std::uint64_t offset = 0;
  while (!index.is_at_end()) {
    const Block block{.first_key = index.text(), .offset = offset};
    const std::uint64_t block_bytes = index.number();
    index.require(block_bytes > 0 && block_bytes <= records_.size() - offset);
    index.require(blocks_.empty() || blocks_.back().first_key < block.first_key);
    blocks_.push_back(block);
    offset += block_bytes;
  }
  index.require(offset == records_.size());
}

std::optional<std::string_view> DatabaseTable::find(std::string_view key) const {
  const auto next = std::ranges::upper_bound(blocks_, key, {}, &Block::first_key);
  if (next == blocks_.begin()) return std::nullopt;
  const std::uint64_t begin = std::prev(next)->offset;
  const std::uint64_t end = next == blocks_.end() ? records_.size() : next->offset;
  base::FieldReader block(records_.substr(begin, end - begin), damaged_);
  std::string_view last;
  while (!block.is_at_end()) {
    const std::string_view found = block.text();
    const std::string_view value = block.text();
    // In any other order a record would be passed over in silence.
    block.require(last.data() == nullptr ? found == std::prev(next)->first_key : last < found);
    last = found;
    if (found == key) return value;
    if (found > key) break;
  }
  return std::nullopt;
}

}  // namespace scanner::advisories

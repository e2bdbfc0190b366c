#include "scanner/inventory/rpm/rpm_header.h"

#include <fmt/format.h>

#include "base/error.h"
#include "scanner/inventory/byte_reader.h"

namespace scanner::inventory {
namespace {

constexpr std::size_t kIntroBytes = 8;
constexpr std::size_t kEntryBytes = 16;
// As rpm's own bound on the tags of a header.
constexpr std::uint32_t kEntriesMax = 0xffff;

enum Tag : std::uint32_t {
  kName = 1000,
  kVersion = 1001,
  kRelease = 1002,
  kEpoch = 1003,
  kArchitecture = 1022,
  kSourceRpm = 1044,
  kModularityLabel = 5096,
};
enum Type : std::uint32_t { kInt32 = 4, kString = 6 };

struct Entry {
  std::uint32_t tag = 0;
  std::uint32_t type = 0;
  std::uint32_t offset = 0;
};

std::string_view* text_of(RpmHeader& header, std::uint32_t tag) {
  switch (tag) {
    case kName:
      return &header.name;
    case kVersion:
      return &header.version;
    case kRelease:
      return &header.release;
    case kArchitecture:
      return &header.architecture;
    case kSourceRpm:
      return &header.source_rpm;
    case kModularityLabel:
      return &header.module;
    default:
      return nullptr;
  }
}

void take(const Entry& entry, const ByteReader& values, RpmHeader& header) {
  if (entry.tag == kEpoch && entry.type == kInt32) header.epoch = values.u32(entry.offset);
  std::string_view* const text = text_of(header, entry.tag);
  if (text != nullptr && entry.type == kString) *text = values.text(entry.offset);
}

}  // namespace

RpmHeader parse_rpm_header(std::string_view blob) {
  const ByteReader reader(blob, ByteOrder::kBig);
  const std::uint32_t entries = reader.u32(0);
  if (entries > kEntriesMax) throw base::ParseError(fmt::format("a header of {} tags", entries));
  const std::size_t index_bytes = entries * kEntryBytes;
  const ByteReader index(reader.piece(kIntroBytes, index_bytes), ByteOrder::kBig);
  const ByteReader values(reader.piece(kIntroBytes + index_bytes, reader.u32(4)), ByteOrder::kBig);
  RpmHeader header;
  for (std::size_t at = 0; at < index_bytes; at += kEntryBytes) {
    take({.tag = index.u32(at), .type = index.u32(at + 4), .offset = index.u32(at + 8)}, values, header);
  }
  return header;
}

}  // namespace scanner::inventory

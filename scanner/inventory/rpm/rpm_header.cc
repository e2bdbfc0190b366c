#include "scanner/inventory/rpm/rpm_header.h"

#include <fmt/format.h>

#include <algorithm>

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
  kDirectoryIndexes = 1116,
  kBaseNames = 1117,
  kDirectoryNames = 1118,
  kModularityLabel = 5096,
};
enum Type : std::uint32_t { kInt32 = 4, kString = 6, kStringArray = 8 };

struct Entry {
  std::uint32_t tag = 0;
  std::uint32_t type = 0;
  std::uint32_t offset = 0;
  std::uint32_t count = 0;
};

// A file's path is in two parts: its directory, by number, and its name.
struct FileNames {
  std::vector<std::string_view> directories;
  std::vector<std::string_view> names;
  std::vector<std::uint32_t> directory_of;
};

std::vector<std::string_view> texts_of(const Entry& entry, const ByteReader& values) {
  std::vector<std::string_view> texts;
  std::size_t offset = entry.offset;
  for (std::uint32_t i = 0; i < entry.count; ++i) {
    texts.push_back(values.text(offset));
    offset += texts.back().size() + 1;
  }
  return texts;
}

void take_files(const Entry& entry, const ByteReader& values, FileNames& files) {
  if (entry.tag == kBaseNames && entry.type == kStringArray) files.names = texts_of(entry, values);
  if (entry.tag == kDirectoryNames && entry.type == kStringArray) files.directories = texts_of(entry, values);
  if (entry.tag != kDirectoryIndexes || entry.type != kInt32) return;
  for (std::size_t i = 0; i < entry.count; ++i) files.directory_of.push_back(values.u32(entry.offset + 4 * i));
}

std::vector<std::string> joined(const FileNames& files) {
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < std::min(files.names.size(), files.directory_of.size()); ++i) {
    const std::size_t directory = files.directory_of[i];
    if (directory >= files.directories.size()) throw base::ParseError("a file in a directory that is not there");
    paths.push_back(std::string(files.directories[directory]) + std::string(files.names[i]));
  }
  return paths;
}

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
  FileNames files;
  for (std::size_t at = 0; at < index_bytes; at += kEntryBytes) {
    const Entry entry{
        .tag = index.u32(at), .type = index.u32(at + 4), .offset = index.u32(at + 8), .count = index.u32(at + 12)};
    take(entry, values, header);
    take_files(entry, values, files);
  }
  header.files = joined(files);
  return header;
}

}  // namespace scanner::inventory

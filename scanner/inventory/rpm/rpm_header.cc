#include "scanner/inventory/rpm/rpm_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"

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

// A kernel's package has some 1,000 directories, a distribution of TeX some 10,000.
constexpr std::uint32_t kDirectoriesMax = 200'000;
// As Linux (PATH_MAX).
constexpr std::size_t kPathBytesMax = 4096;

struct Entry {
  std::uint32_t type = 0;
  std::uint32_t offset = 0;
  std::uint32_t count = 0;
};

// Of the wanted tags, each once. Where one is there twice the last counts, as rpm has it: what was changed when the
// package was installed stands behind what it came with.
class Index {
 public:
  void add(std::uint32_t tag, const Entry& entry) {
    if (std::ranges::find(kWanted, tag) != kWanted.end()) entries_[tag] = entry;
  }
  // Null where the header has no such values.
  [[nodiscard]] const Entry* find(std::uint32_t tag, std::uint32_t type) const {
    const auto found = entries_.find(tag);
    return found == entries_.end() || found->second.type != type ? nullptr : &found->second;
  }

 private:
  static constexpr std::array<std::uint32_t, 10> kWanted = {
      kName,      kVersion,          kRelease,   kEpoch,          kArchitecture,
      kSourceRpm, kDirectoryIndexes, kBaseNames, kDirectoryNames, kModularityLabel};
  std::map<std::uint32_t, Entry> entries_;
};

std::string_view text_of(const Index& index, std::uint32_t tag, const ByteReader& values) {
  const Entry* const entry = index.find(tag, kString);
  return entry == nullptr ? std::string_view{} : values.text(entry->offset);
}

RpmArray array_of(const Index& index, std::uint32_t tag, std::uint32_t type) {
  const Entry* const entry = index.find(tag, type);
  return entry == nullptr ? RpmArray{} : RpmArray{.offset = entry->offset, .count = entry->count};
}

std::vector<std::string_view> directories_of(const RpmArray& array, const ByteReader& values) {
  if (array.count > kDirectoriesMax) {
    throw base::LimitExceeded(
        fmt::format("a header of {} directories, at most {} are read", array.count, kDirectoriesMax));
  }
  std::vector<std::string_view> directories;
  std::size_t offset = array.offset;
  for (std::uint32_t i = 0; i < array.count; ++i) {
    directories.push_back(values.text(offset));
    offset += directories.back().size() + 1;
  }
  return directories;
}

}  // namespace

void RpmFiles::for_each(const std::function<void(std::string_view path)>& on_path) const {
  const std::uint32_t count = std::min(arrays_.names.count, arrays_.directory_of.count);
  if (count == 0) return;
  const std::vector<std::string_view> directories = directories_of(arrays_.directories, values_);
  std::size_t name_at = arrays_.names.offset;
  std::string path;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string_view name = values_.text(name_at);
    name_at += name.size() + 1;
    const std::size_t directory = values_.u32(arrays_.directory_of.offset + std::size_t{4} * i);
    if (directory >= directories.size()) throw base::ParseError("a file in a directory that is not there");
    if (directories[directory].size() + name.size() > kPathBytesMax) {
      throw base::ParseError(fmt::format("a file whose path is longer than {} bytes", kPathBytesMax));
    }
    path.assign(directories[directory]).append(name);
    on_path(path);
  }
}

RpmHeader parse_rpm_header(std::string_view blob) {
  const ByteReader reader(blob, ByteOrder::kBig);
  const std::uint32_t entries = reader.u32(0);
  if (entries > kEntriesMax) throw base::ParseError(fmt::format("a header of {} tags", entries));
  const std::size_t index_bytes = entries * kEntryBytes;
  const ByteReader table(reader.piece(kIntroBytes, index_bytes), ByteOrder::kBig);
  const ByteReader values(reader.piece(kIntroBytes + index_bytes, reader.u32(4)), ByteOrder::kBig);
  Index index;
  for (std::size_t at = 0; at < index_bytes; at += kEntryBytes) {
    index.add(table.u32(at), {.type = table.u32(at + 4), .offset = table.u32(at + 8), .count = table.u32(at + 12)});
  }
  RpmHeader header{.name = text_of(index, kName, values),
                   .version = text_of(index, kVersion, values),
                   .release = text_of(index, kRelease, values),
                   .epoch = {},
                   .architecture = text_of(index, kArchitecture, values),
                   .source_rpm = text_of(index, kSourceRpm, values),
                   .module = text_of(index, kModularityLabel, values),
                   .files = RpmFiles(values, {.names = array_of(index, kBaseNames, kStringArray),
                                              .directory_of = array_of(index, kDirectoryIndexes, kInt32),
                                              .directories = array_of(index, kDirectoryNames, kStringArray)})};
  if (const Entry* const epoch = index.find(kEpoch, kInt32)) header.epoch = values.u32(epoch->offset);
  return header;
}

}  // namespace scanner::inventory

#include "scanner/inventory/npm/bun_lockb.h"

#include <fmt/format.h>

#include <array>
#include <string>

#include "base/error.h"
#include "scanner/inventory/byte_reader.h"

namespace scanner::inventory {
namespace {

constexpr std::string_view kHeader = "#!/usr/bin/env bun\nbun-lockfile-format-v0\n";
constexpr std::size_t kHashBytes = 32;  // of the content
constexpr std::size_t kStringBytes = 8;
constexpr std::size_t kNameHashBytes = 8;

// Where a package comes from; the others have no version of a registry's.
constexpr std::uint8_t kFromRegistry = 2;

// How numbers of versions are stored, by the file's format.
struct Format {
  std::size_t number_bytes;
  std::size_t numbers_bytes;  // of three, as they are aligned
  // Of one resolution: its kind, a URL, the numbers, and the texts behind them, each with a hash.
  [[nodiscard]] std::size_t resolution_bytes() const {
    return 8 + kStringBytes + numbers_bytes + 2 * (kStringBytes + 8);
  }
};

Format format_of(std::uint32_t number) {
  if (number == 2) return {.number_bytes = 4, .numbers_bytes = 16};
  if (number == 3) return {.number_bytes = 8, .numbers_bytes = 24};
  throw base::ParseError(
      fmt::format("bun's binary lock file of format {}; let a current bun write bun.lock instead", number));
}

// The columns of the table of packages that are read, and the texts that they point into.
struct Tables {
  std::string_view names;
  std::string_view resolutions;
  std::string_view texts;
};

// Up to eight bytes are stored in place; else the highest bit is set, and the rest is a place and a size.
std::string_view text_of(std::string_view stored, const Tables& tables) {
  constexpr unsigned char kElsewhere = 0x80;
  if ((static_cast<unsigned char>(stored.back()) & kElsewhere) == 0) return stored.substr(0, stored.find('\0'));
  const ByteReader reader(stored, ByteOrder::kLittle);
  constexpr std::uint32_t kSizeBits = 0x7fffffff;
  return ByteReader(tables.texts, ByteOrder::kLittle).piece(reader.u32(0), reader.u32(4) & kSizeBits);
}

// A buffer's bounds stand before it, and the next one's behind it: the texts are the last of six.
std::string_view texts_behind(const ByteReader& file, std::size_t at) {
  constexpr int kBuffers = 6;
  std::size_t begin = at;
  std::size_t end = at;
  for (int i = 0; i < kBuffers; ++i) {
    begin = file.u64(end);
    end = file.u64(end + 8);
    if (begin > end) throw base::ParseError("a buffer that ends before it begins");
  }
  return file.piece(begin, end - begin);
}

std::string version_of(std::string_view resolution, const Format& format, const Tables& tables) {
  const ByteReader reader(resolution, ByteOrder::kLittle);
  std::array<std::uint64_t, 3> numbers{};
  std::size_t at = 8 + kStringBytes;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::size_t place = at + i * format.number_bytes;
    numbers.at(i) = format.number_bytes == 4 ? reader.u32(place) : reader.u64(place);
  }
  at += format.numbers_bytes;
  std::string version = fmt::format("{}.{}.{}", numbers[0], numbers[1], numbers[2]);
  const std::string_view pre_release = text_of(reader.piece(at, kStringBytes), tables);
  const std::string_view build = text_of(reader.piece(at + kStringBytes + 8, kStringBytes), tables);
  if (!pre_release.empty()) version.append("-").append(pre_release);
  if (!build.empty()) version.append("+").append(build);
  return version;
}

}  // namespace

void read_bun_lockb(const ImageFile& file, LanguagePackages& packages) {
  if (!file.content.starts_with(kHeader)) throw base::ParseError("not a lock file of bun");
  const ByteReader reader(file.content, ByteOrder::kLittle);
  const Format format = format_of(reader.u32(kHeader.size()));
  // Behind the hash: bytes in all, packages, alignment, columns, and where the table begins and ends.
  const std::size_t head = kHeader.size() + 4 + kHashBytes + 8;
  const std::size_t count = reader.u64(head);
  const std::size_t begin = reader.u64(head + 24);
  const std::size_t end = reader.u64(head + 32);
  const std::size_t row_bytes = kStringBytes + kNameHashBytes + format.resolution_bytes();
  if (count > file.content.size() / row_bytes) throw base::ParseError("more packages than it has bytes for");
  const std::size_t resolutions = begin + count * (kStringBytes + kNameHashBytes);
  const Tables tables{.names = reader.piece(begin, count * kStringBytes),
                      .resolutions = reader.piece(resolutions, count * format.resolution_bytes()),
                      .texts = texts_behind(reader, end)};
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view resolution =
        tables.resolutions.substr(i * format.resolution_bytes(), format.resolution_bytes());
    if (static_cast<std::uint8_t>(resolution.front()) != kFromRegistry) continue;
    packages.add(text_of(tables.names.substr(i * kStringBytes, kStringBytes), tables),
                 version_of(resolution, format, tables), "package", i + 1);
  }
}

}  // namespace scanner::inventory

#include "tests/scanner/layers/mutated_archives.h"

#include <array>
#include <span>
#include <string_view>

#include "tests/scanner/layers/dice.h"
#include "tests/support/compress.h"
#include "tests/support/tar_builder.h"

namespace tests {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kBlockBytes = 512;

constexpr auto kPaths = std::to_array<std::string_view>(
    {"var/lib/dpkg/status", "./a", "a/b", "a/b/", "", "..", "../x", "/abs", "a//b", ".wh.a", "a/.wh..wh..opq", "./"});
constexpr auto kNumbers =
    std::to_array<std::string_view>({"0", "1", "5", "511", "512", "513", "00000000005", "-1", "+5", "5 ", " 5", "",
                                     "9223372036854775807", "18446744073709551616", "0x5"});
constexpr auto kPaxKeys = std::to_array<std::string_view>(
    {"path", "linkpath", "size", "mtime", "uid", "SCHILY.xattr.user.x", "GNU.sparse.major", "GNU.sparse.minor",
     "GNU.sparse.name", "GNU.sparse.realsize", "GNU.sparse.size", "GNU.sparse.numblocks", "GNU.sparse.map",
     "GNU.sparse.offset", "GNU.sparse.numbytes", "comment", "charset", "hdrcharset"});
constexpr auto kSparseMaps = std::to_array<std::string_view>({"0,5", "0,0", "5,0", "0,1,4,1", "1", "3,9", "0,5,2,1"});
// Twelve bytes each: octal in the ways that exist, base-256, and what is neither.
constexpr auto kSizeFields = std::to_array<std::string_view>(
    {"00000000005\0"sv, "5\0\0\0\0\0\0\0\0\0\0\0"sv, "          5\0"sv, "5           "sv, "000000000005"sv,
     "\0\0\0\0\0\0\0\0\0\0\0\0"sv, "\x80\0\0\0\0\0\0\0\0\0\0\x05"sv,
     "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfb"sv, "\x80\0\0\0\x80\0\0\0\0\0\0\0"sv, "77777777777\0"sv,
     "-0000000005\0"sv, "0000000000x\0"sv, "0000 000005\0"sv, "\0 0000000005"sv});
constexpr auto kMagics =
    std::to_array<std::string_view>({"ustar\0"
                                     "00"sv,
                                     "ustar  \0"sv, "\0\0\0\0\0\0\0\0"sv, "ustar\0\0\0"sv, "ustar 00"sv});

std::string some_path(Dice& dice) {
  std::string path(dice.of(kPaths));
  if (dice.one_in(3)) path += some_text(dice, 4);
  if (dice.one_in(12)) path += "/" + some_text(dice, 260);
  if (dice.one_in(40)) path.insert(dice.below(path.size() + 1), 1, '\0');
  return path;
}

std::string some_value(Dice& dice, std::string_view key) {
  if (dice.one_in(4)) return std::string(dice.of(kNumbers));
  if (key == "path" || key == "linkpath" || key == "GNU.sparse.name") return some_path(dice);
  if (key == "GNU.sparse.map") return std::string(dice.of(kSparseMaps));
  return std::to_string(dice.below(7));
}

PaxRecords some_records(Dice& dice) {
  PaxRecords records;
  for (std::size_t left = dice.below(4); left > 0; --left) {
    const std::string_view key = dice.of(kPaxKeys);
    records.emplace_back(key, some_value(dice, key));
  }
  return records;
}

void add_extended(TarBuilder& tar, Dice& dice) {
  switch (dice.below(12)) {
    case 0:
      tar.pax(some_records(dice));
      break;
    case 1:
      tar.global_pax(some_records(dice));
      break;
    case 2:
      tar.gnu_long_name(some_path(dice));
      break;
    case 3:
      tar.gnu_long_link(some_path(dice));
      break;
    default:
      break;
  }
}

void add_entry(TarBuilder& tar, Dice& dice) {
  static constexpr std::string_view kTypes("00000000000000000111222555666\0S734LKxgDMNV?", 43);
  add_extended(tar, dice);
  if (dice.one_in(6)) add_extended(tar, dice);
  TarBuilder::Entry entry{.type = kTypes[dice.below(kTypes.size())], .path = some_path(dice)};
  if (dice.one_in(2)) entry.link_target = some_path(dice);
  if (dice.one_in(2)) entry.content = some_text(dice, 1100);
  if (dice.one_in(8)) entry.content = pax_record(dice.of(kPaxKeys), some_path(dice));
  if (dice.one_in(16)) entry.size_field = std::string(dice.of(kSizeFields));
  if (dice.one_in(3)) entry.magic = std::string(dice.of(kMagics));
  if (dice.one_in(8)) entry.prefix = some_path(dice);
  tar.entry(entry);
}

// Old GNU headers keep the map of a sparse file from byte 386 on, and what says that more of it follows at 482.
void write_into_header(std::string& block, Dice& dice) {
  switch (dice.below(4)) {
    case 0:
      block.replace(124, 12, dice.of(kSizeFields));
      break;
    case 1:
      block.replace(257, 8, dice.of(kMagics));
      break;
    case 2:
      block.replace(386 + dice.below(8) * 12, 12, dice.of(kSizeFields));
      break;
    default:
      block[dice.below(kBlockBytes)] = dice.byte();
      break;
  }
  seal_tar_header(block);
}

// One change to whole blocks, the first being a header mostly.
void damage_blocks(std::string& tar, Dice& dice) {
  const std::size_t blocks = tar.size() / kBlockBytes;
  if (blocks == 0) return;
  const std::size_t at = dice.below(blocks) * kBlockBytes;
  std::string block = tar.substr(at, kBlockBytes);
  switch (dice.below(6)) {
    case 0:
      tar.erase(at, kBlockBytes);
      break;
    case 1:
      tar.insert(dice.below(blocks) * kBlockBytes, block);
      break;
    case 2:
      tar.insert(at, kBlockBytes * (1 + dice.below(2)), '\0');
      break;
    case 3:
      tar.resize(dice.below(tar.size() + 1));
      break;
    default:
      write_into_header(block, dice);
      tar.replace(at, kBlockBytes, block);
      break;
  }
}

std::string packed(std::string_view tar, Dice& dice) {
  if (dice.one_in(3)) {  // several members or frames, as pigz and others write
    const std::size_t half = dice.below(tar.size() + 1);
    return packed(tar.substr(0, half), dice) + packed(tar.substr(half), dice);
  }
  return dice.one_in(2) ? gzip(tar) : zstd(tar);
}

}  // namespace

std::string mutated_archive(std::uint32_t number) {
  Dice dice(number);
  TarBuilder tar;
  for (std::size_t left = 1 + dice.below(3); left > 0; --left) add_entry(tar, dice);
  std::string bytes = dice.one_in(10) ? tar.bytes() : tar.archive();
  for (std::size_t left = dice.below(4) * dice.below(2); left > 0; --left) damage_blocks(bytes, dice);
  if (dice.one_in(16)) damage_bytes(bytes, dice);
  if (!dice.one_in(4)) return bytes;
  bytes = packed(bytes, dice);
  if (dice.one_in(3)) damage_bytes(bytes, dice);
  return bytes;
}

}  // namespace tests

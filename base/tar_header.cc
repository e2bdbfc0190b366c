#include "base/tar_header.h"

#include <algorithm>
#include <cstring>

namespace base {
namespace {

constexpr std::string_view kUstarMagic{"ustar\0", 6};
constexpr std::string_view kGnuMagic{"ustar  \0", 8};
constexpr std::string_view kStarTrailer{"tar\0", 4};
constexpr std::size_t kChecksumOffset = 148;
constexpr std::size_t kChecksumBytes = 8;

std::string_view trim_number(std::string_view field) {
  constexpr std::string_view kFill{" \0", 2};
  const std::size_t first = field.find_first_not_of(kFill);
  if (first == std::string_view::npos) return {};
  return field.substr(first, field.find_last_not_of(kFill) - first + 1);
}

std::optional<std::uint64_t> parse_octal(std::string_view field) {
  field = trim_number(field);
  field = field.substr(0, field.find('\0'));
  std::uint64_t value = 0;
  for (const char digit : field) {
    if (digit < '0' || digit > '7' || value >> 61 != 0) return std::nullopt;
    value = value << 3 | static_cast<std::uint64_t>(digit - '0');
  }
  return value;
}

// Two's complement, big-endian, with the first bit as a mark; sizes are never negative.
std::optional<std::uint64_t> parse_base256(std::string_view field) {
  const auto first = static_cast<unsigned char>(field.front());
  if ((first & 0x40U) != 0) return std::nullopt;
  std::uint64_t value = first & 0x3fU;
  for (const char c : field.substr(1)) {
    if (value >> 55 != 0) return std::nullopt;
    value = value << 8 | static_cast<unsigned char>(c);
  }
  return value;
}

// Of the bytes as they are unsigned; their number is a multiple of eight and at most a block's. Eight at a time, in
// four sums of sixteen bits: every header of every layer passes through here.
std::uint64_t sum_of(std::string_view bytes) {
  constexpr std::uint64_t kEveryOther = 0x00ff00ff00ff00ff;
  static_assert(kTarBlockBytes / 8 * 2 * 255 < 65536);
  std::uint64_t sums = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes.data() + at, sizeof eight);
    sums += (eight & kEveryOther) + (eight >> 8 & kEveryOther);
  }
  return (sums & 0xffff) + (sums >> 16 & 0xffff) + (sums >> 32 & 0xffff) + (sums >> 48);
}

}  // namespace

bool TarHeader::is_zero() const {
  return std::all_of(bytes_.begin(), bytes_.end(), [](char c) { return c == 0; });
}

// The checksum's own field counts as blanks.
bool TarHeader::checksum_holds() const {
  const std::optional<std::uint64_t> stored = number(kChecksumOffset, kChecksumBytes);
  if (!stored) return false;
  const std::string_view field = bytes_.substr(kChecksumOffset, kChecksumBytes);
  const std::uint64_t as_unsigned = sum_of(bytes_) - sum_of(field) + kChecksumBytes * ' ';
  if (*stored == as_unsigned) return true;
  const auto negative = [](std::string_view bytes) {
    return std::count_if(bytes.begin(), bytes.end(), [](char c) { return static_cast<signed char>(c) < 0; });
  };
  const auto as_signed = static_cast<std::int64_t>(as_unsigned) - 256 * (negative(bytes_) - negative(field));
  return static_cast<std::int64_t>(*stored) == as_signed;
}

std::string_view TarHeader::prefix() const {
  if (bytes_.substr(257, 6) == kUstarMagic) {
    return bytes_.substr(508, 4) == kStarTrailer ? text(345, 131) : text(345, 155);
  }
  if (has_old_go_prefix()) return text(345, 155);
  return {};
}

// Go before 1.8 wrote the prefix into GNU headers, where access and change times are. archive/tar still reads it when
// these are no numbers and the prefix is ASCII, and so must we.
bool TarHeader::has_old_go_prefix() const {
  if (bytes_.substr(257, 8) != kGnuMagic) return false;
  const auto is_broken_time = [&](std::size_t offset) { return bytes_[offset] != 0 && !number(offset, 12); };
  // Negative times are numbers to Go although number() refuses them.
  const auto is_negative = [&](std::size_t offset) {
    return (static_cast<unsigned char>(bytes_[offset]) & 0xc0U) == 0xc0;
  };
  const bool broken = (is_broken_time(345) && !is_negative(345)) || (is_broken_time(357) && !is_negative(357));
  const std::string_view before = text(345, 155);
  return broken &&
         std::all_of(before.begin(), before.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string_view TarHeader::text(std::size_t offset, std::size_t length) const {
  const std::string_view field = bytes_.substr(offset, length);
  return field.substr(0, field.find('\0'));
}

std::optional<std::uint64_t> TarHeader::number(std::size_t offset, std::size_t length) const {
  const std::string_view field = bytes_.substr(offset, length);
  if ((static_cast<unsigned char>(field.front()) & 0x80U) != 0) return parse_base256(field);
  return parse_octal(field);
}

}  // namespace base

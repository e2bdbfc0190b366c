// The format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3 and 4.5.3.
#include "base/zip_reader.h"

#include <fmt/core.h>
#include <zlib.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/limits.h"

namespace base {

namespace {

constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kEnd64Bytes = 56;
constexpr std::size_t kLocatorBytes = 20;
constexpr std::size_t kCentralBytes = 46;
constexpr std::size_t kLocalBytes = 30;
constexpr std::uint32_t kIn64 = 0xffffffff;  // "the value is in the zip64 field"
constexpr std::uint16_t kMembersIn64 = 0xffff;

// Little-endian fields of one fixed part of the archive; CHECKed, since the caller has read that part whole.
template <typename Number>
Number field(std::string_view bytes, std::size_t offset) {
  CHECK(offset + sizeof(Number) <= bytes.size());
  Number value = 0;
  for (std::size_t index = sizeof(Number); index-- > 0;) {
    value = static_cast<Number>((std::uint64_t{value} << 8) | static_cast<unsigned char>(bytes[offset + index]));
  }
  return value;
}

[[noreturn]] void damaged(const std::string& path, std::string_view what) {
  throw ParseError(fmt::format("reading zip {}: {}", path, what));
}

struct Directory {
  std::uint64_t offset = 0;  // in the archive
  std::uint64_t bytes = 0;
  std::uint64_t members = 0;
  std::uint64_t end = 0;  // in the source
};

bool in_64(const Directory& directory) {
  return directory.offset == kIn64 || directory.bytes == kIn64 || directory.members == kMembersIn64;
}

// The zip64 end record that the locator right before the end record leads to; nullopt where there is none. It may be
// there though nothing needs it, and Java then believes it where it says the same as the end record: so must it, and
// stand where nothing fits between it and its locator, or readers differ about where the directory is.
std::optional<Directory> directory64(const ByteSource& file, const Directory& in_32) {
  if (in_32.end < kLocatorBytes) return std::nullopt;
  const std::uint64_t locator_at = in_32.end - kLocatorBytes;
  const std::string locator = file.read_at(locator_at, kLocatorBytes);
  if (!locator.starts_with("PK\x06\x07")) return std::nullopt;
  const auto at = field<std::uint64_t>(locator, 8);
  if (add_saturating(at, kEnd64Bytes) > file.size()) return std::nullopt;
  const std::string end = file.read_at(at, kEnd64Bytes);
  if (!end.starts_with("PK\x06\x06")) return std::nullopt;
  const Directory found{.offset = field<std::uint64_t>(end, 48),
                        .bytes = field<std::uint64_t>(end, 40),
                        .members = field<std::uint64_t>(end, 32),
                        .end = at};
  const bool is_same = (in_32.offset == kIn64 || in_32.offset == found.offset) &&
                       (in_32.bytes == kIn64 || in_32.bytes == found.bytes) &&
                       (in_32.members == kMembersIn64 || in_32.members == found.members);
  constexpr std::uint64_t kUncounted = 12;  // bytes of the record that its size leaves out
  const std::uint64_t record_end = add_saturating(at + kUncounted, field<std::uint64_t>(end, 4));
  if (!is_same || record_end != locator_at) {
    damaged(file.name(), "two end records that differ: readers differ about what is in it");
  }
  return found;
}

constexpr std::string_view kCentral = "PK\x01\x02";

// What stands before an archive (a launcher, another archive) moves its directory. Where one is also found without
// that, Go takes that one, and Java the other.
bool has_two_directories(const ByteSource& file, const Directory& directory) {
  return add_saturating(directory.bytes, directory.offset) < directory.end &&
         file.read_at(directory.offset, kCentral.size()) == kCentral;
}

// Whether members and directory stand where the end record says. A record that is none, in the comment of the true one,
// would hide the archive from us, while Java goes on to the true one: ZipFile.Source.findEND().
bool stands_behind_members(const ByteSource& file, const Directory& directory) {
  constexpr std::string_view kLocal = "PK\x03\x04";
  if (directory.bytes < kCentral.size() || add_saturating(directory.bytes, directory.offset) > directory.end)
    return false;
  const std::uint64_t central = directory.end - directory.bytes;
  return file.read_at(central, kCentral.size()) == kCentral &&
         file.read_at(central - directory.offset, kLocal.size()) == kLocal;
}

Directory find_directory(const ByteSource& file) {
  constexpr std::size_t kCommentMax = 65535;
  if (file.size() < kEndBytes) damaged(file.name(), "not a zip archive");
  const auto tail_bytes = static_cast<std::size_t>(std::min<std::uint64_t>(file.size(), kEndBytes + kCommentMax));
  const std::string tail = file.read_at(file.size() - tail_bytes, tail_bytes);
  const std::size_t at = tail.rfind("PK\x05\x06", tail_bytes - kEndBytes);
  if (at == std::string::npos) damaged(file.name(), "no end record: not a zip archive, or truncated");
  const std::string_view end = std::string_view(tail).substr(at, kEndBytes);
  if (field<std::uint16_t>(end, 4) != 0 && field<std::uint16_t>(end, 4) != 0xffff)
    damaged(file.name(), "several disks");
  const Directory directory{.offset = field<std::uint32_t>(end, 16),
                            .bytes = field<std::uint32_t>(end, 12),
                            .members = field<std::uint16_t>(end, 10),
                            .end = file.size() - tail_bytes + at};
  const std::optional<Directory> found = directory64(file, directory);
  if (!found && in_64(directory)) damaged(file.name(), "no zip64 end record");
  const bool reaches_end = at + kEndBytes + field<std::uint16_t>(end, 20) == tail_bytes;
  if (!reaches_end && (found || !stands_behind_members(file, directory))) {
    damaged(file.name(), "an end record within a comment: readers differ about what is in it");
  }
  if (has_two_directories(file, found.value_or(directory))) {
    damaged(file.name(),
            "an archive behind another, whose directory is where its own should be: readers differ about "
            "what is in it");
  }
  return found.value_or(directory);
}

// Fills what the 32-bit fields could not hold from the extra field with tag 1, in its fixed order.
void read_extra64(std::string_view extra, ZipMember& member) {
  while (extra.size() >= 4) {
    const auto tag = field<std::uint16_t>(extra, 0);
    const std::size_t size = std::min<std::size_t>(field<std::uint16_t>(extra, 2), extra.size() - 4);
    std::string_view values = extra.substr(4, size);
    extra.remove_prefix(4 + size);
    if (tag != 1) continue;
    for (std::uint64_t* value : {&member.bytes, &member.compressed_bytes, &member.header_offset}) {
      if (*value != kIn64 || values.size() < 8) continue;
      *value = field<std::uint64_t>(values, 0);
      values.remove_prefix(8);
    }
  }
}

// Takes one member off the front of the central directory.
ZipMember take_member(std::string_view& directory, const std::string& path) {
  if (directory.size() < kCentralBytes || !directory.starts_with(kCentral)) damaged(path, "damaged central directory");
  const std::size_t name_bytes = field<std::uint16_t>(directory, 28);
  const std::size_t extra_bytes = field<std::uint16_t>(directory, 30);
  const std::size_t all = kCentralBytes + name_bytes + extra_bytes + field<std::uint16_t>(directory, 32);
  if (all > directory.size()) damaged(path, "damaged central directory");
  ZipMember member{.name = std::string(directory.substr(kCentralBytes, name_bytes)),
                   .method = field<std::uint16_t>(directory, 10),
                   .crc32 = field<std::uint32_t>(directory, 16),
                   .compressed_bytes = field<std::uint32_t>(directory, 20),
                   .bytes = field<std::uint32_t>(directory, 24),
                   .header_offset = field<std::uint32_t>(directory, 42)};
  if ((field<std::uint16_t>(directory, 8) & 1U) != 0) damaged(path, member.name + " is encrypted");
  read_extra64(directory.substr(kCentralBytes + name_bytes, extra_bytes), member);
  directory.remove_prefix(all);
  return member;
}

// `content` is as long as the member says; anything else that comes out, or is left, makes the member damaged.
bool inflate_into(std::string_view packed, std::string& content) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return false;
  // zlib reads through a non-const pointer but does not write.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(content.data());
  stream.avail_out = static_cast<uInt>(content.size());
  const int status = inflate(&stream, Z_FINISH);
  const bool whole = status == Z_STREAM_END && stream.avail_out == 0 && stream.avail_in == 0;
  inflateEnd(&stream);
  return whole;
}

}  // namespace

ZipReader::ZipReader(const ByteSource& source, const ZipLimits& limits) : source_(source) {
  const Directory directory = find_directory(source);
  if (directory.members > limits.members_max || directory.bytes > limits.directory_bytes_max) {
    throw LimitExceeded(fmt::format("reading zip {}: {} members in a directory of {} bytes, at most {} and {}",
                                    source.name(), directory.members, directory.bytes, limits.members_max,
                                    limits.directory_bytes_max));
  }
  if (directory.bytes > directory.end) damaged(source.name(), "damaged central directory");
  // What stands before the archive, a launcher most often, is in none of its offsets.
  const std::uint64_t at = directory.end - directory.bytes;
  if (directory.offset > at) damaged(source.name(), "damaged central directory");
  start_ = at - directory.offset;
  std::string room;
  std::string_view rest = source.view_at(at, static_cast<std::size_t>(directory.bytes), room);
  members_.reserve(static_cast<std::size_t>(std::min(directory.members, directory.bytes / kCentralBytes)));
  while (!rest.empty()) {
    if (members_.size() == limits.members_max) {
      throw LimitExceeded(fmt::format("reading zip {}: more than {} members", source.name(), limits.members_max));
    }
    members_.push_back(take_member(rest, source.name()));
  }
  // Readers that believe the number would not see the members behind it. Sixteen bits of it are all that old writers
  // kept of more than 65,535.
  if (members_.size() != directory.members && (members_.size() & 0xffffU) != directory.members) {
    damaged(source.name(), fmt::format("{} members, but its end record says {}", members_.size(), directory.members));
  }
  mark_overlaps();
}

// Each member reaches at least over its local header and its bytes. Where members share theirs, a megabyte is as many
// terabytes as somebody likes: https://www.bamsoftware.com/hacks/zipbomb/
void ZipReader::mark_overlaps() {
  struct Extent {
    std::uint64_t begin;
    std::uint64_t end;
    ZipMember* member;
  };
  std::vector<Extent> extents;
  extents.reserve(members_.size());
  for (ZipMember& member : members_) {
    const std::uint64_t bytes = add_saturating(member.compressed_bytes, kLocalBytes);
    extents.push_back({member.header_offset, add_saturating(member.header_offset, bytes), &member});
  }
  const auto begins_before = [](const Extent& left, const Extent& right) { return left.begin < right.begin; };
  std::stable_sort(extents.begin(), extents.end(), begins_before);
  std::uint64_t last_end = 0;
  for (const Extent& extent : extents) {
    extent.member->overlaps = extent.begin < last_end;
    last_end = std::max(last_end, extent.end);
  }
}

std::string ZipReader::read(const ZipMember& member, std::size_t bytes_max) const {
  std::string room;
  const std::string_view content = view(member, bytes_max, room);
  const bool is_in_room = content.data() == room.data() && content.size() == room.size();
  return is_in_room ? std::move(room) : std::string(content);
}

std::string_view ZipReader::view(const ZipMember& member, std::size_t bytes_max, std::string& room) const {
  const std::string place = fmt::format("{}: {}", source_.name(), member.name);
  if (member.bytes > bytes_max || member.compressed_bytes > bytes_max) {
    throw LimitExceeded(fmt::format("reading zip {}: {} bytes, at most {} are read", place, member.bytes, bytes_max));
  }
  if (member.overlaps) damaged(place, "lies upon another member");
  const std::string_view bytes = content(member, place, room);
  const auto sum = ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
  if (sum != member.crc32) damaged(place, "wrong checksum");
  return bytes;
}

std::string_view ZipReader::content(const ZipMember& member, const std::string& place, std::string& room) const {
  const std::string header = source_.read_at(add_saturating(start_, member.header_offset), kLocalBytes);
  if (!header.starts_with("PK\x03\x04")) damaged(place, "no local header");
  const std::uint64_t start =
      start_ + member.header_offset + kLocalBytes + field<std::uint16_t>(header, 26) + field<std::uint16_t>(header, 28);
  const auto packed_bytes = static_cast<std::size_t>(member.compressed_bytes);
  if (member.method == 0) {
    if (member.compressed_bytes != member.bytes) damaged(place, "sizes differ");
    return source_.view_at(start, packed_bytes, room);
  }
  if (member.method != 8) damaged(place, fmt::format("compression method {} is not supported", member.method));
  std::string packed_room;
  const std::string_view packed = source_.view_at(start, packed_bytes, packed_room);
  room.assign(static_cast<std::size_t>(member.bytes), '\0');
  if (!inflate_into(packed, room)) damaged(place, "cannot be inflated to the size that the directory says");
  return room;
}

}  // namespace base

// Zip archives, as bulk exports and jars are: stored and deflated members, zip64, programs with an archive behind them.
// Sizes and checksums are verified; nothing that the archive says is believed before it was compared with its own size.
// Each byte of an archive belongs to one member: what is read of them all is no more than there is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"

namespace base {

struct ZipMember {
  std::string name;
  std::uint16_t method = 0;
  std::uint32_t crc32 = 0;
  std::uint64_t compressed_bytes = 0;
  std::uint64_t bytes = 0;
  std::uint64_t header_offset = 0;
  bool overlaps = false;  // begins within another member: then it is not read
};

struct ZipLimits {
  std::uint64_t members_max = 0;
  std::uint64_t directory_bytes_max = 0;
};

// Borrows the source. Not thread-safe.
class ZipReader {
 public:
  // Reads the central directory. Throws ParseError (not a zip, damaged, encrypted, several disks, ambiguous),
  // LimitExceeded, and what the source throws.
  ZipReader(const ByteSource& source, const ZipLimits& limits);

  // In the order of the central directory.
  [[nodiscard]] const std::vector<ZipMember>& members() const { return members_; }

  // The member's content. Throws ParseError that names it when it is damaged, LimitExceeded above
  // `bytes_max`.
  [[nodiscard]] std::string read(const ZipMember& member, std::size_t bytes_max) const;
  // The same without a copy of what is stored in memory as it is; else it is put into `room`. Valid as long as the
  // source is, and `room` is left alone.
  [[nodiscard]] std::string_view view(const ZipMember& member, std::size_t bytes_max, std::string& room) const;

 private:
  void mark_overlaps();
  [[nodiscard]] std::string_view content(const ZipMember& member, const std::string& place, std::string& room) const;

  const ByteSource& source_;
  std::uint64_t start_ = 0;  // of the archive in the source
  std::vector<ZipMember> members_;
};

}  // namespace base

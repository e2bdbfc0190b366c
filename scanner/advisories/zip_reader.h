// Zip archives as bulk exports come: stored and deflated members, zip64. Sizes and checksums are verified; nothing that
// the archive says is believed before it was compared with the file's own size.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scanner/advisories/file_reader.h"

namespace scanner::advisories {

struct ZipMember {
  std::string name;
  std::uint16_t method = 0;
  std::uint32_t crc32 = 0;
  std::uint64_t compressed_bytes = 0;
  std::uint64_t bytes = 0;
  std::uint64_t header_offset = 0;
};

// Not thread-safe.
class ZipReader {
 public:
  // Reads the central directory. Throws base::ConfigError (missing), base::ParseError (not a zip, damaged, encrypted,
  // several disks), base::LimitExceeded.
  explicit ZipReader(const std::string& path);

  // In the order of the central directory.
  [[nodiscard]] const std::vector<ZipMember>& members() const { return members_; }

  // The member's content. Throws base::ParseError that names it when it is damaged, base::LimitExceeded above
  // `bytes_max`.
  [[nodiscard]] std::string read(const ZipMember& member, std::size_t bytes_max) const;

 private:
  FileReader file_;
  std::vector<ZipMember> members_;
};

}  // namespace scanner::advisories

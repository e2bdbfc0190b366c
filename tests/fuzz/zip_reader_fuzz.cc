// An archive as it stands: refused, or members of which each has the length and checksum that the directory says, and
// which together are no longer than the archive lets them.
#include <zlib.h>

#include <string>

#include "base/byte_source.h"
#include "base/error.h"
#include "base/zip_reader.h"

namespace {

constexpr std::size_t kBytesMax = 1 << 20;

void check_member(const base::ZipReader& zip, const base::ZipMember& member) {
  std::string content;
  try {
    content = zip.read(member, kBytesMax);
  } catch (const base::Error& error) {
    CHECK(*error.what() != '\0');
    return;
  }
  CHECK(!member.overlaps && content.size() == member.bytes && content.size() <= kBytesMax);
  const uLong sum = crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size());
  CHECK(sum == member.crc32);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::MemorySource source("a.zip", std::string_view(reinterpret_cast<const char*>(data), size));
  try {
    const base::ZipReader zip(source, {.members_max = 1000, .directory_bytes_max = kBytesMax});
    std::uint64_t packed = 0;
    for (const base::ZipMember& member : zip.members()) {
      check_member(zip, member);
      if (!member.overlaps && member.compressed_bytes <= size) packed += member.compressed_bytes;
    }
    CHECK(packed <= 2 * size);
  } catch (const base::Error& error) {
    CHECK(*error.what() != '\0');
  }
  return 0;
}

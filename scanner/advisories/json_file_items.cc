#include "scanner/advisories/json_file_items.h"

#include <fmt/core.h>

#include <array>

#include "scanner/advisories/json_items.h"
#include "scanner/advisories/limits.h"
#include "scanner/advisories/unpacked_file.h"

namespace scanner::advisories {

void read_json_items(const std::string& path, const std::string& array, const FeedReader& reader,
                     const std::function<void(const std::string& place, std::string_view json)>& on_item) {
  std::uint64_t number = 0;
  JsonItems items({.place = path, .array = array, .item_bytes_max = kRecordBytesMax},
                  [&](std::string_view json) { on_item(fmt::format("{}: entry {}", path, ++number), json); });
  UnpackedFile file(path);
  std::array<char, 65536> buffer{};
  while (const std::size_t count = file.read(buffer)) {
    items.parse({buffer.data(), count});
    reader.on_progress(file.bytes_done(), file.bytes_total());
  }
  items.finish();
}

}  // namespace scanner::advisories

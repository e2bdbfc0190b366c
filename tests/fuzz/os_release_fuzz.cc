#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "scanner/inventory/limits.h"
#include "scanner/inventory/os_release.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view content(reinterpret_cast<const char*>(data), size);
  for (const auto& distribution :
       {scanner::inventory::parse_os_release(content), scanner::inventory::parse_release_line(content)}) {
    for (const auto& value :
         {distribution.id, distribution.version_id, distribution.codename, distribution.pretty_name}) {
      CHECK(value.size() <= scanner::inventory::kOsReleaseValueBytesMax + 16);
      CHECK(value.find('\x1b') == std::string::npos);
    }
  }
  return 0;
}

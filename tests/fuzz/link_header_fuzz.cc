#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "registry/link_header.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view field(reinterpret_cast<const char*>(data), size);
  if (const auto next = registry::next_link(field)) {
    CHECK(!next->empty() && field.find(*next) != std::string_view::npos);
  }
  return 0;
}

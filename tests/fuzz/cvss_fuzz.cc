#include <cstdint>
#include <string_view>

#include "base/cvss.h"
#include "base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto score = base::cvss_score({reinterpret_cast<const char*>(data), size});
  CHECK(!score || (score->base >= 0.0 && score->base <= 10.0));
  return 0;
}

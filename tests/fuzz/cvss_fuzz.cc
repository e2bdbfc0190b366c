#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "scanner/advisories/cvss.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto score = scanner::advisories::cvss_score({reinterpret_cast<const char*>(data), size});
  CHECK(!score ||
        (score->base >= 0.0 && score->base <= 10.0 && score->severity != scanner::advisories::Severity::kUnknown));
  return 0;
}

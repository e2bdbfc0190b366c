#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "registry/token_auth.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view field(reinterpret_cast<const char*>(data), size);
  const auto challenges = registry::parse_www_authenticate(field);
  CHECK(challenges.size() <= 16);
  for (const registry::Challenge& challenge : challenges) {
    CHECK(!challenge.scheme.empty() && challenge.values.size() <= 16);
  }
  return 0;
}

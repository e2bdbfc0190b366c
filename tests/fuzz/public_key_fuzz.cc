// A text as somebody puts it among the trusted keys: refused, or a key by which nothing is signed that it did not sign.
#include <cstdint>

#include "scanner/advisories/ed25519.h"
#include "scanner/advisories/signature.h"
#include "tests/fuzz/scratch_directory.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  try {
    for (const auto& [identity, pem] : scanner::advisories::keys_of({input}, "a key")) {
      CHECK(identity.size() == 64 && pem == input);
      static_cast<void>(scanner::advisories::is_signed("message", std::string(128, '0'), pem, "a key"));
      CHECK(!scanner::advisories::is_signed("message", "no signature", pem, "a key"));
    }
  } catch (const base::ConfigError& error) {
    CHECK(*error.what() != '\0');
  }
  return 0;
}

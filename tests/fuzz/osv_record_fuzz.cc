// A record either is refused by one of our errors, or every advisory of it can be stored and read back.
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "scanner/advisories/advisory_codec.h"
#include "scanner/advisories/osv_record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static scanner::advisories::OsvRecordParser parser;
  try {
    const auto record = parser.parse({reinterpret_cast<const char*>(data), size}, "input");
    for (auto advisory : record.advisories) {
      const auto again = scanner::advisories::decode_advisory(scanner::advisories::encode_advisory(advisory));
      advisory.ecosystem.clear();
      advisory.package.clear();
      CHECK(again == advisory);
    }
  } catch (const base::Error&) {
    return 0;  // refused
  }
  return 0;
}

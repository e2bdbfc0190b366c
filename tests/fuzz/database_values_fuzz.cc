// Values of a database file, whatever they hold: refused, or read.
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "scanner/advisories/advisory_codec.h"
#include "scanner/advisories/database_info.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto attempt = [](const auto& read) {
    try {
      static_cast<void>(read());
    } catch (const base::ParseError&) {
      return;  // refused
    }
  };
  attempt([&] { return scanner::advisories::decode_advisory(bytes); });
  attempt([&] { return scanner::advisories::decode_ratings(bytes); });
  attempt([&] { return scanner::advisories::parse_database_info(bytes, "input"); });
  attempt([&] {
    for (const std::string_view item : scanner::advisories::decode_list(bytes)) {
      static_cast<void>(scanner::advisories::decode_advisory(item));
    }
    return 0;
  });
  return 0;
}

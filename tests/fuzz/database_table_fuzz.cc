// A table as somebody hands it over: refused, or every look-up stays within its bytes.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "scanner/advisories/database_table.h"

namespace {

using scanner::advisories::DatabaseTable;

void look_up(const DatabaseTable& table, std::string_view bytes, std::string_view key) {
  try {
    const auto value = table.find(key);
    if (!value || value->empty()) return;
    CHECK(value->data() >= bytes.data() && value->data() + value->size() <= bytes.data() + bytes.size());
  } catch (const base::ParseError&) {
    return;  // a damaged block
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  try {
    const DatabaseTable table(bytes, "input");
    look_up(table, bytes, "");
    look_up(table, bytes, "Z");
    for (std::size_t at = 0; at < bytes.size() && at < 64; ++at) {
      look_up(table, bytes, std::string_view(bytes).substr(at, 1 + at % 4));
    }
  } catch (const base::ParseError&) {
    return 0;
  }
  return 0;
}

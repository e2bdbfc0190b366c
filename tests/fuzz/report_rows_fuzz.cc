// Packed fields of reports: the input is what stands behind base64 and zstd, and then as it is.
#include <cstdint>
#include <string_view>

#include "base/base64.h"
#include "base/error.h"
#include "crds/columns.h"
#include "crds/report_rows.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto attempt = [](const auto& read) {
    try {
      static_cast<void>(read());
    } catch (const base::Error&) {
      return;  // refused
    }
  };
  attempt([&] { return crds::unpack_report_rows(base::encode_base64(bytes)); });
  attempt([&] { return crds::expand_columns(bytes); });
  return 0;
}

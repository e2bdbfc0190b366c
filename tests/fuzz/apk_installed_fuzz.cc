#include "scanner/inventory/apk/apk_extractor.h"
#include "tests/fuzz/extractor_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tests::check_extractor(scanner::inventory::ApkExtractor(), "lib/apk/db/installed", data, size);
  return 0;
}

#include "scanner/inventory/npm/npm_extractor.h"
#include "tests/fuzz/extractor_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tests::check_extractor(scanner::inventory::NpmExtractor(), "node_modules/a/package.json", data, size);
  return 0;
}

#include "scanner/inventory/dpkg/dpkg_extractor.h"
#include "tests/fuzz/extractor_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tests::check_extractor(scanner::inventory::DpkgExtractor(), "var/lib/dpkg/status", data, size);
  return 0;
}

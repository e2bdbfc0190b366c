#include "scanner/inventory/python/python_extractor.h"
#include "tests/fuzz/extractor_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tests::check_extractor(scanner::inventory::PythonExtractor(), "a.dist-info/METADATA", data, size);
  return 0;
}

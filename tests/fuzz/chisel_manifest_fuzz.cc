// Chisel's manifest: as it comes, and as what it unpacks to, since no fuzzer makes a zstd stream of its own.
#include <zstd.h>

#include <string>

#include "scanner/inventory/chisel/chisel_extractor.h"
#include "tests/fuzz/extractor_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kPath = "var/lib/chisel/manifest.wall";
  const scanner::inventory::ChiselExtractor extractor;
  tests::check_extractor(extractor, kPath, data, size);
  std::string packed(ZSTD_compressBound(size), '\0');
  const std::size_t packed_bytes = ZSTD_compress(packed.data(), packed.size(), data, size, 1);
  tests::check_extractor(extractor, kPath, reinterpret_cast<const std::uint8_t*>(packed.data()), packed_bytes);
  return 0;
}

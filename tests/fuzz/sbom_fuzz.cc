// An SBOM is refused, or read into packages that have a name, a version and a purl that can be read again.
#include <cstdint>

#include "base/error.h"
#include "base/purl.h"
#include "scanner/inventory/limits.h"
#include "scanner/inventory/sbom/sbom.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(base::parse_purl(text));
  scanner::Inventory inventory;
  try {
    inventory = scanner::inventory::inventory_of_sbom(text, "bom.json");
  } catch (const base::ParseError&) {
    return 0;
  }
  for (const scanner::Package& package : inventory.packages) {
    CHECK(!package.name.empty() && !package.version.empty());
    const bool may_be_read = package.purl.size() <= base::kPurlBytesMax;
    CHECK(!may_be_read || base::parse_purl(package.purl));
  }
  return 0;
}

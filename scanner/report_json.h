// Inventory JSON v1, docs/formats/inventory.md: written by the sandboxed child, read by everything behind it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "scanner/report.h"

namespace scanner {

// The longest text that parse_inventory() accepts. Real inventories take some 250 bytes a package.
inline constexpr std::size_t kInventoryBytesMax = std::size_t{32} << 20;
// The largest image known to us has some 15,000 packages.
inline constexpr std::size_t kInventoryPackagesMax = 100'000;
inline constexpr std::size_t kInventoryWarningsMax = 20'000;
// Of an inventory that is attached to its image in a registry: docs/formats/inventory-attestation.md.
inline constexpr std::string_view kInventoryArtifactType = "application/vnd.pratique.inventory.v1";

// One line of JSON without a newline; the same inventory always gives the same bytes.
[[nodiscard]] std::string write_inventory(const Inventory& inventory);

// Reads Inventory JSON v1 from a party that is not trusted. Strings are escaped and cut, unknown fields ignored,
// packages and warnings sorted and made unique. Throws base::ParseError for what is not an inventory and
// base::LimitExceeded past the bounds (bytes, packages, warnings).
[[nodiscard]] Inventory parse_inventory(std::string_view json);

}  // namespace scanner

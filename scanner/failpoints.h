// The steps of the scanner's parent behind which a test may end it (base/failpoint.h), in the order of the data.
#pragma once

#include <string_view>

namespace scanner {

inline constexpr std::string_view kInventoryAsked = "inventory-asked";  // a slot was free
inline constexpr std::string_view kManifestFetched = "manifest-fetched";
inline constexpr std::string_view kLayerFetched = "layer-fetched";    // and handed to the child that reads it
inline constexpr std::string_view kLayerRead = "layer-read";          // its record is there, and not kept
inline constexpr std::string_view kLayerKept = "layer-kept";          // in the cache
inline constexpr std::string_view kInventoryMade = "inventory-made";  // of all layers, and not kept
inline constexpr std::string_view kInventoryKept = "inventory-kept";  // in the cache; nobody was told
inline constexpr std::string_view kInventorySent = "inventory-sent";

}  // namespace scanner

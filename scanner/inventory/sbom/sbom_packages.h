// A component of an SBOM as the package that an extractor would have found.
#pragma once

#include <cstddef>

#include "scanner/inventory/package_text.h"
#include "scanner/inventory/sbom/sbom_document.h"

namespace scanner::inventory {

// Adds the component's package; without a readable purl and version there is none, but an entry in `broken`. `number`
// counts from 1.
void add_component_package(const SbomComponent& component, std::size_t number, Extraction& extraction,
                           BrokenParts& broken);

// The distribution that a system package's purl names; without an id for any other purl.
[[nodiscard]] Distribution distribution_of_purl(std::string_view purl);

}  // namespace scanner::inventory

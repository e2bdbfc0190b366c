// A package of a programming language, whose purl has a name and a version and nothing else.
#pragma once

#include "scanner/inventory/extractor.h"
#include "scanner/inventory/purl.h"

namespace scanner::inventory {

// `name` as advisories have it; `purl` is written from the parts as they are.
[[nodiscard]] Package language_package(std::string_view name, const PurlParts& purl);

}  // namespace scanner::inventory

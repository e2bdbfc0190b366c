// Ubuntu mends some packages for its subscribers alone (ESM, of Ubuntu Pro), by versions that say so:
// "1.0-1ubuntu2~esm1". What it says of them stands under a key of its own: "deb:ubuntu:22.04:pro".
#pragma once

#include <string>
#include <string_view>

#include "scanner/advisories/advisory.h"

namespace scanner::matching {

// "deb:ubuntu:22.04" -> "deb:ubuntu:22.04:pro"; empty for another ecosystem.
[[nodiscard]] std::string pro_key_of(std::string_view ecosystem);
[[nodiscard]] bool is_of_pro(const advisories::Advisory& record);
// Whether this version of a deb is one that subscribers get.
[[nodiscard]] bool is_pro_version(std::string_view version);

}  // namespace scanner::matching

// CVSS vectors as ratings.
#pragma once

#include <string_view>

#include "scanner/advisories/advisory.h"

namespace scanner::advisories {

// The severity is computed from the vector (base/cvss.h), Unknown where it is none that can be. `vector` is at most
// kVectorBytesMax long.
[[nodiscard]] Rating vector_rating(std::string_view source, std::string_view vector);

}  // namespace scanner::advisories

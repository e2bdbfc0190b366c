// How the database stores advisories: the values under a package's key. Fields are length-prefixed;
// docs/formats/database.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scanner/advisories/advisory.h"

namespace scanner::advisories {

// Everything but ecosystem and package, which are the key, and references, which are kept once for all packages.
[[nodiscard]] std::string encode_advisory(const Advisory& advisory);

// Throws base::ParseError for what encode_advisory did not write.
[[nodiscard]] Advisory decode_advisory(std::string_view bytes);

[[nodiscard]] std::string encode_ratings(const std::vector<Rating>& ratings);
[[nodiscard]] std::vector<Rating> decode_ratings(std::string_view bytes);

[[nodiscard]] std::string encode_threat(const Threat& threat);
[[nodiscard]] Threat decode_threat(std::string_view bytes);

// A list of byte strings as one value, and back.
[[nodiscard]] std::string encode_list(const std::vector<std::string>& items);
[[nodiscard]] std::vector<std::string_view> decode_list(std::string_view bytes);

}  // namespace scanner::advisories

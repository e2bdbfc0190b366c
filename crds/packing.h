// JSON made small for a string field of an API object: lists of objects become columns, then zstd, then base64. An
// inventory of 300 packages takes about 4 KB. docs/formats/report-rows.md.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace crds {

// What a packed field may unpack to. An inventory of 20,000 packages is below 8 MiB.
inline constexpr std::size_t kPackedBytesMax = std::size_t{32} << 20;

// The same value packs to the same text.
[[nodiscard]] std::string pack_json(const nlohmann::json& value);

// The value as JSON text. Throws base::ParseError for what pack_json did not write, base::LimitExceeded for what
// unpacks to more than kPackedBytesMax.
[[nodiscard]] std::string unpack_json(std::string_view packed);

}  // namespace crds

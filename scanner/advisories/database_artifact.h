// A database as an artifact of a registry: docs/formats/database.md.
#pragma once

#include <cstdint>
#include <string_view>

namespace scanner::advisories {

inline constexpr std::string_view kDatabaseArtifactType = "application/vnd.pratique.database.v1";
// Of its layers, which are the signed file as it is, one behind the other.
inline constexpr std::string_view kDatabaseChunkType = "application/vnd.pratique.database.chunk.v1";
// Of the one layer of what older programs stored, which is the whole file.
inline constexpr std::string_view kDatabaseWholeType = "application/vnd.pratique.database.v1+lmdb";
// More is not fetched. Every feed that is known gives a third of it.
inline constexpr std::uint64_t kDatabaseBytesMax = std::uint64_t{512} << 20;

}  // namespace scanner::advisories

// Bounds on what extractors take out of files. The walk bounds files and their bytes (scanner/layers/limits.h).
#pragma once

#include <cstddef>
#include <cstdint>

#include "scanner/report_json.h"

namespace scanner::inventory {

// Debian's longest package name has 70 characters, PyPI's 126; npm allows 214.
inline constexpr std::size_t kNameBytesMax = 256;
// The longest version in the feeds has 60 characters.
inline constexpr std::size_t kVersionBytesMax = 256;
// Fields of a stanza beyond these are not looked at; dpkg knows some 40.
inline constexpr std::size_t kStanzaFieldsMax = 1024;
// A package.json is shallow; a deeper one is refused.
inline constexpr int kJsonDepthMax = 256;
// What the values of one document may take in memory, by an estimate. An SBOM of 30,000 packages takes some 120 MiB.
inline constexpr std::size_t kJsonMemoryBytesMax = std::size_t{144} << 20;
// The largest images have some 30,000 packages.
inline constexpr std::size_t kPackagesMax = kInventoryPackagesMax;
// How archives are opened, unless the scan's budgets say otherwise (scanner/layers/limits.h tells why so much).
struct ArchiveLimits {
  std::uint64_t depth_max = 5;          // archives in one another, the outermost included
  std::uint64_t members_max = 400'000;  // of one archive
};
inline constexpr std::uint64_t kArchiveDirectoryBytesMax = std::uint64_t{32} << 20;
// What is read of one file, packed or not: its metadata and the archives inside it.
inline constexpr std::uint64_t kArchiveInflatedBytesMax = std::uint64_t{256} << 20;
// What is held of it at a time beside the file: of the archives in one another their directories, and what is not
// stored as it is.
inline constexpr std::uint64_t kArchiveHeldBytesMax = std::uint64_t{88} << 20;
// A lock file, or a list of installed packages; as a document it takes some ten times its size. The largest seen has 3
// MB.
inline constexpr std::size_t kLanguageFileBytesMax = std::size_t{16} << 20;
// The files of all packages of an rpm database: a server with everything has some 500,000. Of those that may hold
// packages, the names.
inline constexpr std::uint64_t kRpmFilesMax = 2'000'000;
inline constexpr std::uint64_t kRpmOwnedBytesMax = std::uint64_t{48} << 20;
// One header; those of kernels have some 1 MB.
inline constexpr std::size_t kRpmHeaderBytesMax = std::size_t{32} << 20;
// SQLite reads a copy. The databases of full installations have some 60 MB.
inline constexpr std::size_t kRpmSqliteBytesMax = std::size_t{88} << 20;
// An SBOM that names each file of an image is large.
inline constexpr std::size_t kChiselManifestBytesMax = std::size_t{64} << 20;
inline constexpr std::size_t kSbomBytesMax = std::size_t{64} << 20;
// Value of a field of os-release.
inline constexpr std::size_t kOsReleaseValueBytesMax = 256;
// Warnings of an image, each about one file and reason.
inline constexpr std::size_t kWarningsMax = 1000;

}  // namespace scanner::inventory

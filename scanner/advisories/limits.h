// Bounds on what advisory feeds and database files may hold. Feeds are foreign bytes; each bound is far above what the
// public feeds need (their largest today is beside it).
#pragma once

#include <cstddef>
#include <cstdint>

namespace scanner::advisories {

inline constexpr std::size_t kRecordBytesMax = std::size_t{16} << 20;        // one OSV record (2 MB)
inline constexpr std::size_t kSecdbBytesMax = std::size_t{64} << 20;         // one secdb file (0.5 MB)
inline constexpr std::size_t kKevBytesMax = std::size_t{64} << 20;           // the KEV catalogue (1.3 MB)
inline constexpr std::size_t kArchTrackerBytesMax = std::size_t{64} << 20;   // Arch's issues (1.5 MB)
inline constexpr std::size_t kLineBytesMax = 4096;                           // of EPSS scores (35)
inline constexpr std::uint64_t kFilesMax = 4'000'000;                        // records of a zip or directory (300,000)
inline constexpr std::uint64_t kDirectoryBytesMax = std::uint64_t{1} << 30;  // a zip's central directory (40 MB)
inline constexpr std::uint64_t kUnpackedBytesMax = std::uint64_t{4} << 30;   // an unpacked file (an OVAL file of 51 MB)
inline constexpr int kXmlDepthMax = 64;                                      // (8)
inline constexpr std::size_t kXmlTextBytesMax = std::size_t{1} << 20;        // text kept of one element (20 KB)

inline constexpr std::size_t kIdBytesMax = 128;            // (40)
inline constexpr std::size_t kPackageBytesMax = 256;       // with the ecosystem it has to fit a key (214)
inline constexpr std::size_t kDatabaseKeyBytesMax = 511;   // of every kind
inline constexpr std::size_t kEcosystemBytesMax = 64;      // (20)
inline constexpr std::size_t kVersionBytesMax = 256;       // (90)
inline constexpr std::size_t kVectorBytesMax = 256;        // a CVSS 4.0 vector with every metric (200)
inline constexpr std::size_t kTitleBytesMax = 120;         // cut, not refused
inline constexpr std::size_t kJustificationBytesMax = 80;  // cut, not refused (50)
inline constexpr std::size_t kReferencesMax = 8;           // kept of one record and of one issue (200)
inline constexpr std::size_t kReferenceBytesMax = 300;     // longer ones are left out (250)
inline constexpr std::size_t kAliasesMax = 2'000;          // of one record; a kernel notice names hundreds
inline constexpr std::size_t kIntervalsMax = 20'000;       // of one record and package (500)
inline constexpr std::size_t kVersionsMax = 200'000;       // listed by one record (5,000)
inline constexpr std::size_t kRatingsMax = 64;             // of one record (4)

inline constexpr std::size_t kKeyFileBytesMax = 16384;  // a key in PEM (119)

inline constexpr std::size_t kSpillBytes = std::size_t{64} << 20;      // what the builder sorts in memory at once
inline constexpr std::size_t kValueBytesMax = std::size_t{256} << 20;  // all records of one package (4 MB)

}  // namespace scanner::advisories

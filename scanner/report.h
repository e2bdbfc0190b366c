// The value types of a scan: what an image holds and what could not be looked at. Serialised as Inventory JSON v1,
// docs/formats/inventory.md, by scanner/report_json.h.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace scanner {

// The distribution as os-release tells it.
struct Distribution {
  std::string id;          // "debian", "alpine"; empty: none found
  std::string version_id;  // "12", "3.20.1"
  std::string codename;    // "bookworm"
  std::string pretty_name;
  bool operator==(const Distribution&) const = default;
};

// The extractor whose packages do not say of which source they were built.
inline constexpr std::string_view kChiselExtractor = "chisel";

struct Package {
  std::string type{};            // purl type: "deb", "apk", "pypi", "npm"; of runtimes "bitnami", whose feed knows them
  std::string name{};            // binary name for deb and apk; normalised as the purl type says
  std::string version{};         // in the ecosystem's own form, epoch included
  std::string source{};          // source package; empty: the same as name
  std::string source_version{};  // empty: the same as version
  std::string architecture{};
  std::string module{};  // modularity label of an rpm: "nodejs:18"; empty: none
  std::string purl{};
  std::string layer{};  // digest of the layer that holds `path`
  std::string
      path{};  // the file that told, without a leading slash; what lies in an archive has ":" and its path there
  std::string found_by{};  // the extractor: "dpkg"

  [[nodiscard]] const std::string& source_name() const { return source.empty() ? name : source; }
  [[nodiscard]] const std::string& effective_source_version() const {
    return source_version.empty() ? version : source_version;
  }
  [[nodiscard]] bool tells_its_source() const { return found_by != kChiselExtractor; }
  auto operator<=>(const Package&) const = default;
};

// Something that was not, or not wholly, looked at. `reason` is a closed CamelCase word: Unreadable, Unsupported,
// LimitExceeded, Truncated, CorruptLayer, UnknownDistribution, CannotCompare, ...
struct ScanWarning {
  std::string reason;
  std::string path;     // what it is about: a file, a layer digest or a package; escaped
  std::string message;  // for a person; escaped
  std::uint64_t count = 1;
  bool makes_incomplete = true;
  auto operator<=>(const ScanWarning&) const = default;
};

// What one file of an image told. An extractor leaves `layer` of its packages empty, `found_by` too unless another one
// would have found them (an SBOM inside a jar), and gives as `path` only what comes behind the file's own: nothing, or
// ":BOOT-INF/lib/a.jar" of what lies in an archive. Packages of a
// distribution have no purl before the distribution is known.
struct Extraction {
  std::vector<Package> packages{};
  std::vector<ScanWarning> warnings{};
  std::optional<Distribution> distribution{};  // of a file that names it
  std::vector<std::string> owned_files{};      // of packages of the distribution: what lies in them is no other package
  bool is_locked = false;  // a lock file: the packages are to be installed, and may be elsewhere or nowhere
};

// A program that belongs to no known package.
struct UnknownProgram {
  std::string path;  // escaped where it leaves the child
  std::uint64_t bytes = 0;
  bool operator==(const UnknownProgram&) const = default;
};

inline constexpr std::size_t kUnknownProgramsMax = 10;

// The bytes of the image's ELF files, and how many of them belong to a known package.
struct ProgramCoverage {
  std::uint64_t bytes = 0;
  std::uint64_t known_bytes = 0;          // at most `bytes`
  std::vector<UnknownProgram> unknown{};  // the largest first, at most kUnknownProgramsMax

  // 0 to 100, rounded down: 100 says that all are known. An image without programs has no unknown ones.
  [[nodiscard]] int percent() const {
    constexpr int kAll = 100;
    if (known_bytes == bytes) return kAll;
    return std::min(kAll - 1, static_cast<int>(static_cast<double>(known_bytes) * kAll / static_cast<double>(bytes)));
  }
  bool operator==(const ProgramCoverage&) const = default;
};

// What one platform manifest holds.
struct Inventory {
  std::string digest;  // of the platform manifest
  std::string platform;
  Distribution distribution;
  std::vector<Package> packages;            // sorted; unique
  std::vector<ScanWarning> warnings;        // sorted
  std::optional<ProgramCoverage> programs;  // absent: nobody has looked, as with an SBOM
  bool complete = false;
  std::uint64_t compressed_bytes = 0;
  std::string scanner_version;
};

}  // namespace scanner

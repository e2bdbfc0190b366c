// The software of the simulated world: packages whose versions rise, images that are built of them, and advisories that
// are found in them. It tells what is right without asking the operator.
#pragma once

#include <cstddef>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "scanner/report.h"

namespace bench::simulation {

// Each version below `fixed` is vulnerable.
struct MadeAdvisory {
  std::string id;  // "CVE-2027-10042"
  std::size_t package = 0;
  int fixed = 0;
};

// A version 1.N of a package.
struct MadePackage {
  std::size_t package = 0;
  int version = 0;
};

// What one application is built of: packages of its base image, and its own.
struct Recipe {
  std::size_t base = 0;
  std::vector<std::size_t> own;
};

// Fewer packages than real images have, so that a year takes minutes: 15 an image.
class Software {
 public:
  static constexpr std::size_t kPackages = 1'500;
  static constexpr std::size_t kBases = 40;
  static constexpr std::size_t kEverywhere = 0;  // the package that all images have

  explicit Software(std::uint32_t seed);

  [[nodiscard]] Recipe new_recipe();
  // Builds of it, with the newest versions of its own packages and what its base image has; the digest.
  [[nodiscard]] std::string build(const Recipe& recipe);
  // Every base image takes the newest versions.
  void renew_bases();
  // A vulnerability of all versions so far; the next one is fixed.
  const MadeAdvisory& find_vulnerability(std::size_t package);
  const MadeAdvisory& find_vulnerability() { return find_vulnerability(drawn(kPackages)); }

  [[nodiscard]] const std::vector<MadeAdvisory>& advisories() const { return advisories_; }
  // Of an image that was built.
  [[nodiscard]] scanner::Inventory inventory_of(const std::string& digest) const;
  [[nodiscard]] bool has(const std::string& digest, const MadeAdvisory& advisory) const;
  [[nodiscard]] std::vector<const MadeAdvisory*> advisories_of(const std::string& digest) const;
  // Names of the Findings that the image has by all advisories so far.
  [[nodiscard]] std::set<std::string> findings_of(const std::string& digest) const;

  // At random, from 0 to below `end`.
  [[nodiscard]] std::size_t drawn(std::size_t end) { return random_() % end; }

 private:
  static constexpr std::size_t kBasePackages = 300;
  static constexpr std::size_t kPackagesOfABase = 8;
  static constexpr std::size_t kOwnPackages = 6;

  std::mt19937 random_;
  std::vector<int> newest_;  // versions, by package
  std::vector<std::vector<MadePackage>> bases_;
  std::map<std::string, std::vector<MadePackage>> images_;  // by digest
  std::vector<MadeAdvisory> advisories_;
  std::map<std::size_t, std::vector<std::size_t>> by_package_;  // of advisories_
};

[[nodiscard]] std::string package_name(std::size_t package);
[[nodiscard]] std::string finding_name_of(const MadeAdvisory& advisory);
// As an OSV record.
[[nodiscard]] std::string osv_record(const MadeAdvisory& advisory, const std::string& published);

}  // namespace bench::simulation

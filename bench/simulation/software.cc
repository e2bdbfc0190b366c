#include "bench/simulation/software.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "crds/object_names.h"
#include "scanner/report_version.h"

namespace bench::simulation {
namespace {

using nlohmann::json;

constexpr int kFirstAdvisory = 10'000;

// By turns: Critical, High, Medium, Medium.
constexpr std::array kVectors = {
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N", "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:L/I:L/A:N"};

}  // namespace

Software::Software(std::uint32_t seed) : random_(seed), newest_(kPackages, 1), bases_(kBases) {
  for (std::vector<MadePackage>& base : bases_) {
    std::set<std::size_t> packages = {kEverywhere};
    while (packages.size() < kPackagesOfABase) packages.insert(drawn(kBasePackages));
    for (const std::size_t package : packages) base.push_back({.package = package, .version = newest_[package]});
  }
}

Recipe Software::new_recipe() {
  Recipe recipe{.base = drawn(kBases), .own = {}};
  std::set<std::size_t> own;
  while (own.size() < kOwnPackages) own.insert(kBasePackages + drawn(kPackages - kBasePackages));
  recipe.own.assign(own.begin(), own.end());
  return recipe;
}

std::string Software::build(const Recipe& recipe) {
  std::vector<MadePackage> image = bases_.at(recipe.base);
  for (const std::size_t package : recipe.own) image.push_back({.package = package, .version = newest_.at(package)});
  const std::string digest = base::Digest::of(fmt::format("image {}", images_.size())).text();
  images_.emplace(digest, std::move(image));
  return digest;
}

void Software::renew_bases() {
  for (std::vector<MadePackage>& base : bases_) {
    for (MadePackage& one : base) one.version = newest_.at(one.package);
  }
}

const MadeAdvisory& Software::find_vulnerability(std::size_t package) {
  const std::size_t number = advisories_.size();
  by_package_[package].push_back(number);
  advisories_.push_back({.id = fmt::format("CVE-2027-{}", kFirstAdvisory + static_cast<int>(number)),
                         .package = package,
                         .fixed = ++newest_.at(package)});
  return advisories_.back();
}

scanner::Inventory Software::inventory_of(const std::string& digest) const {
  scanner::Inventory inventory;
  inventory.digest = digest;
  inventory.platform = "linux/amd64";
  inventory.distribution.id = "debian";
  inventory.distribution.version_id = "12";
  inventory.complete = true;
  inventory.compressed_bytes = 50'000'000;
  inventory.scanner_version = scanner::scanner_version();
  for (const MadePackage& one : images_.at(digest)) {
    scanner::Package package;
    package.type = "pypi";
    package.name = package_name(one.package);
    package.version = fmt::format("1.{}", one.version);
    package.purl = fmt::format("pkg:pypi/{}@{}", package.name, package.version);
    package.path = fmt::format("usr/lib/python3/dist-packages/{}.dist-info/METADATA", package.name);
    inventory.packages.push_back(std::move(package));
  }
  std::ranges::sort(inventory.packages);
  return inventory;
}

bool Software::has(const std::string& digest, const MadeAdvisory& advisory) const {
  return std::ranges::any_of(images_.at(digest), [&](const MadePackage& one) {
    return one.package == advisory.package && one.version < advisory.fixed;
  });
}

std::vector<const MadeAdvisory*> Software::advisories_of(const std::string& digest) const {
  std::vector<const MadeAdvisory*> found;
  for (const MadePackage& one : images_.at(digest)) {
    const auto known = by_package_.find(one.package);
    if (known == by_package_.end()) continue;
    for (const std::size_t number : known->second) {
      if (one.version < advisories_[number].fixed) found.push_back(&advisories_[number]);
    }
  }
  return found;
}

std::set<std::string> Software::findings_of(const std::string& digest) const {
  std::set<std::string> names;
  for (const MadeAdvisory* advisory : advisories_of(digest)) names.insert(finding_name_of(*advisory));
  return names;
}

std::string package_name(std::size_t package) {
  return fmt::format("lib-{:04}", package);
}

std::string finding_name_of(const MadeAdvisory& advisory) {
  const std::string package = package_name(advisory.package);
  return crds::finding_name({.id = advisory.id, .package_type = "pypi", .source_package = package});
}

std::string osv_record(const MadeAdvisory& advisory, const std::string& published) {
  const std::string vector = kVectors.at(static_cast<std::size_t>(advisory.fixed) % kVectors.size());
  const json range = {
      {"type", "ECOSYSTEM"},
      {"events", json::array({{{"introduced", "0"}}, {{"fixed", fmt::format("1.{}", advisory.fixed)}}})}};
  const json package = {{"ecosystem", "PyPI"}, {"name", package_name(advisory.package)}};
  return json{{"schema_version", "1.6.0"},
              {"id", advisory.id},
              {"published", published},
              {"modified", published},
              {"summary", "a vulnerability of " + package_name(advisory.package)},
              {"severity", json::array({{{"type", "CVSS_V3"}, {"score", vector}}})},
              {"affected", json::array({{{"package", package}, {"ranges", json::array({range})}}})}}
      .dump();
}

}  // namespace bench::simulation

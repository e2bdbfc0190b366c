// What is looked up of an image's packages in an advisory database, and where.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/advisories/database.h"
#include "scanner/report.h"
#include "scanner/versions/version_order.h"

namespace scanner::matching {

// Why an ecosystem cannot be looked up at all.
enum class Hindrance : std::uint8_t { kNone, kUnknownDistribution, kNoOrder, kNotCovered };

// One in which packages of an image are looked up.
struct Ecosystem {
  std::string key;
  const versions::VersionOrder* order = nullptr;  // null with kNoOrder alone
  Hindrance hindrance = Hindrance::kNone;
  bool names_binaries = false;  // else source packages
};

// Packages that are looked up in the same places. Views the inventory.
struct Kind {
  std::string_view type;
  bool tells_its_source = true;
  auto operator<=>(const Kind&) const = default;
};
[[nodiscard]] Kind kind_of(const Package& package);
[[nodiscard]] std::map<Kind, std::vector<const Package*>> packages_by_kind(const Inventory& inventory);

// Where the packages of this one's kind are looked up: in what names sources, in what names binaries, or in both; one
// with a hindrance if nowhere.
[[nodiscard]] std::vector<Ecosystem> ecosystems_of(const Package& package, const Distribution& distribution,
                                                   const advisories::Database& database);

// What the advisories of an ecosystem name. Views of the package.
struct Subject {
  std::string_view name;
  std::string_view version;
  std::string_view module;
  auto operator<=>(const Subject&) const = default;
};
[[nodiscard]] Subject subject_of(const Package& package, const Ecosystem& where);

// Every record that may be about it: those of the ecosystem, those beside it (deciding_records.h), and those that name
// a Go module without its major version (go_modules.h).
[[nodiscard]] std::vector<advisories::Advisory> records_about(const Subject& subject, std::string_view ecosystem,
                                                              const advisories::Database& database);

// That `count` packages of this one's kind were not looked up.
[[nodiscard]] ScanWarning hindrance_warning(const Ecosystem& where, const Package& package,
                                            const Distribution& distribution, std::size_t count);
// That a version cannot be placed by its ecosystem's order.
[[nodiscard]] ScanWarning incomparable_warning(std::string_view package, std::string_view version,
                                               const Ecosystem& where);

}  // namespace scanner::matching

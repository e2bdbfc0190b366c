#include "scanner/matching/lookup.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "scanner/advisories/ecosystem.h"
#include "scanner/matching/deciding_records.h"
#include "scanner/matching/go_modules.h"
#include "scanner/matching/matcher.h"
#include "scanner/matching/ubuntu_pro.h"

namespace scanner::matching {

namespace {

constexpr std::string_view kCannotCompareReason = "CannotCompare";
constexpr std::string_view kNotCoveredReason = "NotCovered";
constexpr std::string_view kUnknownDistributionReason = "UnknownDistribution";

ScanWarning warning_of(std::string_view reason, std::string_view about, const std::string& message, std::size_t count) {
  return {.reason = std::string(reason),
          .path = std::string(about),
          .message = message,
          .count = count,
          .makes_incomplete = true};
}

// Of a release that has ended Ubuntu speaks to subscribers alone.
bool is_covered(const std::string& key, const advisories::Database& database) {
  if (database.covers(key)) return true;
  const std::string pro = pro_key_of(key);
  return !pro.empty() && database.covers(pro);
}

}  // namespace

Kind kind_of(const Package& package) {
  return {.type = package.type, .tells_its_source = package.tells_its_source()};
}

std::map<Kind, std::vector<const Package*>> packages_by_kind(const Inventory& inventory) {
  std::map<Kind, std::vector<const Package*>> result;
  for (const Package& package : inventory.packages) result[kind_of(package)].push_back(&package);
  return result;
}

std::vector<Ecosystem> ecosystems_of(const Package& package, const Distribution& distribution,
                                     const advisories::Database& database) {
  Ecosystem own{.key = ecosystem_of(package, distribution), .order = versions::order_for(package.type)};
  own.names_binaries = advisories::names_binaries(own.key);
  if (own.key.empty() || own.order == nullptr) {
    own.hindrance = own.key.empty() ? Hindrance::kUnknownDistribution : Hindrance::kNoOrder;
    return {own};
  }
  std::vector<Ecosystem> result;
  for (const std::string_view suffix : {std::string_view{}, advisories::kBinarySuffix, advisories::kSourceSuffix}) {
    Ecosystem one{.key = own.key + std::string(suffix), .order = own.order};
    one.names_binaries = advisories::names_binaries(one.key);
    const bool can_be_named = one.names_binaries || package.tells_its_source();
    if (can_be_named && is_covered(one.key, database)) result.push_back(std::move(one));
  }
  if (!result.empty()) return result;
  own.hindrance = Hindrance::kNotCovered;
  return {own};
}

Subject subject_of(const Package& package, const Ecosystem& where) {
  if (where.names_binaries) return {.name = package.name, .version = package.version, .module = package.module};
  return {.name = package.source_name(), .version = package.effective_source_version(), .module = package.module};
}

std::vector<advisories::Advisory> records_about(const Subject& subject, std::string_view ecosystem,
                                                const advisories::Database& database) {
  const std::string package = advisories::normalised_package(ecosystem, subject.name);
  std::vector<advisories::Advisory> records = database.find(ecosystem, package);
  for (const std::string& key : keys_beside(ecosystem, subject.version))
    std::ranges::move(database.find(key, package), std::back_inserter(records));
  const std::string_view without_major = ecosystem == "golang" ? path_without_major(package) : std::string_view{};
  if (without_major.empty()) return records;
  std::ranges::move(records_of_majors(database.find(ecosystem, without_major), records), std::back_inserter(records));
  return records;
}

ScanWarning hindrance_warning(const Ecosystem& where, const Package& package, const Distribution& distribution,
                              std::size_t count) {
  switch (where.hindrance) {
    case Hindrance::kUnknownDistribution:
      return warning_of(kUnknownDistributionReason, package.type,
                        fmt::format("no advisories are known for packages of distribution \"{}\" {}", distribution.id,
                                    distribution.version_id),
                        count);
    case Hindrance::kNoOrder:
      return warning_of(kCannotCompareReason, where.key, "versions of this kind cannot be compared yet", count);
    case Hindrance::kNotCovered:
    case Hindrance::kNone:
      break;
  }
  if (!package.tells_its_source()) {
    return warning_of(kNotCoveredReason, where.key,
                      "no source of the advisory database names binary packages, and of these the source packages are "
                      "not known",
                      count);
  }
  return warning_of(kNotCoveredReason, where.key, "no source of the advisory database covers these packages", count);
}

ScanWarning incomparable_warning(std::string_view package, std::string_view version, const Ecosystem& where) {
  return warning_of(kCannotCompareReason, package,
                    fmt::format("\"{}\" is not a {} version", version, where.order->name()), 1);
}

}  // namespace scanner::matching

#include "scanner/matching/module_streams.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "scanner/advisories/oracle_build.h"

namespace scanner::matching {
namespace {

// Build systems put ".module" into the release of every package of a module.
bool names_module(std::string_view version) {
  return version.find(".module") != std::string_view::npos;
}

std::array<std::string_view, 3> bounds_of(const advisories::Interval& interval) {
  return {interval.introduced, interval.fixed, interval.last_affected};
}

// A correction of one build says nothing of another.
bool is_about_build(const advisories::Advisory& record, std::string_view installed) {
  const advisories::OracleBuild build = advisories::oracle_build_of(installed);
  return std::ranges::all_of(record.intervals, [build](const advisories::Interval& interval) {
    return std::ranges::all_of(bounds_of(interval), [build](std::string_view bound) {
      return bound.empty() || advisories::oracle_build_of(bound) == build;
    });
  });
}

// Told by the versions that the record names; where it names none, by the stream. nullopt when it names neither.
std::optional<bool> is_modular(const advisories::Advisory& record) {
  std::optional<bool> modular;
  for (const advisories::Interval& interval : record.intervals) {
    for (const std::string_view bound : bounds_of(interval)) {
      if (!bound.empty()) modular = modular.value_or(false) || names_module(bound);
    }
  }
  if (!modular && !record.module.empty()) return true;
  return modular;
}

}  // namespace

bool is_about_stream(const advisories::Advisory& record, const InstalledStream& installed) {
  if (!record.ecosystem.starts_with("rpm:")) return true;
  if (record.ecosystem.starts_with("rpm:ol:") && !is_about_build(record, installed.version)) return false;
  const bool installed_is_modular = !installed.module.empty() || names_module(installed.version);
  if (is_modular(record).value_or(installed_is_modular) != installed_is_modular) return false;
  return record.module.empty() || installed.module.empty() || record.module == installed.module;
}

}  // namespace scanner::matching

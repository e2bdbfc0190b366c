#include "scanner/matching/module_streams.h"

#include <optional>
#include <string>

namespace scanner::matching {
namespace {

// Build systems put ".module" into the release of every package of a module.
bool names_module(std::string_view version) {
  return version.find(".module") != std::string_view::npos;
}

// Told by the versions that the record names; where it names none, by the stream. nullopt when it names neither.
std::optional<bool> is_modular(const advisories::Advisory& record) {
  std::optional<bool> modular;
  for (const advisories::Interval& interval : record.intervals) {
    for (const std::string* bound : {&interval.introduced, &interval.fixed, &interval.last_affected}) {
      if (!bound->empty()) modular = modular.value_or(false) || names_module(*bound);
    }
  }
  if (!modular && !record.module.empty()) return true;
  return modular;
}

}  // namespace

bool is_about_stream(const advisories::Advisory& record, const InstalledStream& installed) {
  if (!record.ecosystem.starts_with("rpm:")) return true;
  const bool installed_is_modular = !installed.module.empty() || names_module(installed.version);
  if (is_modular(record).value_or(installed_is_modular) != installed_is_modular) return false;
  return record.module.empty() || installed.module.empty() || record.module == installed.module;
}

}  // namespace scanner::matching

#include "scanner/matching/go_modules.h"

#include <algorithm>
#include <set>
#include <string>

#include "scanner/matching/record_names.h"
#include "scanner/versions/version_order.h"

namespace scanner::matching {
namespace {

using advisories::Advisory;

bool is_of_go(const Advisory& record) {
  return record.id.starts_with("GO-");
}

bool is_among(const Advisory& record, const std::set<std::string>& names) {
  return names.contains(record.id) ||
         std::ranges::any_of(record.aliases, [&](const std::string& alias) { return names.contains(alias); });
}

// One that has an end holds a version of a higher major only where the end is one, too.
bool speaks_of_majors(const advisories::Interval& interval) {
  if (!interval.fixed.empty() || !interval.last_affected.empty()) return true;
  const auto compared = versions::semver_order().compare(interval.introduced, "2.0.0-0");
  return compared && *compared >= 0;
}

}  // namespace

std::string_view path_without_major(std::string_view module) {
  const std::size_t slash = module.rfind("/v");
  if (slash == std::string_view::npos || slash == 0) return {};
  const std::string_view major = module.substr(slash + 2);
  const bool is_number = !major.empty() && major.find_first_not_of("0123456789") == std::string_view::npos;
  return is_number ? module.substr(0, slash) : std::string_view{};
}

std::vector<Advisory> records_of_majors(std::vector<Advisory> without_major, const std::vector<Advisory>& own) {
  std::set<std::string> told;
  for (const Advisory& record : own) told.merge(names_of(record));
  for (const Advisory& record : without_major) {
    if (is_of_go(record)) told.merge(names_of(record));
  }
  std::erase_if(without_major, [&](const Advisory& record) { return is_of_go(record) || is_among(record, told); });
  for (Advisory& record : without_major) {
    std::erase_if(record.intervals, [](const advisories::Interval& one) { return !speaks_of_majors(one); });
  }
  return without_major;
}

}  // namespace scanner::matching

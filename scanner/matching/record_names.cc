#include "scanner/matching/record_names.h"

namespace scanner::matching {

std::set<std::string> names_of(const advisories::Advisory& record) {
  std::set<std::string> names(record.aliases.begin(), record.aliases.end());
  names.insert(record.id);
  return names;
}

}  // namespace scanner::matching

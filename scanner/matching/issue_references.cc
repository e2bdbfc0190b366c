#include "scanner/matching/issue_references.h"

#include "scanner/advisories/references.h"

namespace scanner::matching {

void look_up_references(const advisories::Database& database, std::vector<Vulnerability>& vulnerabilities) {
  for (Vulnerability& found : vulnerabilities) {
    advisories::add_references(found.references, database.references_of(found.id));
    for (const std::string& alias : found.aliases)
      advisories::add_references(found.references, database.references_of(alias));
  }
}

}  // namespace scanner::matching

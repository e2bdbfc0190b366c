// Pages about issues, looked up when somebody is shown them: neither rows nor reports carry what the database knows.
#pragma once

#include <vector>

#include "scanner/advisories/database.h"
#include "scanner/matching/matcher.h"

namespace scanner::matching {

// Fills `references` of each: those of its id and of its other names, as many as one record may have.
void look_up_references(const advisories::Database& database, std::vector<Vulnerability>& vulnerabilities);

}  // namespace scanner::matching

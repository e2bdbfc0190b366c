// Several ecosystems may tell one issue of one package: one whose advisories name sources and one whose name binaries.
#pragma once

#include <vector>

#include "scanner/matching/matcher.h"

namespace scanner::matching {

// Rows of one issue about the same packages, from several of a source's binaries or from several ecosystems, become the
// first of them: nobody is told a thing twice of one package. Each row has the packages that carry it.
void merge_rows(std::vector<Vulnerability>& rows);

// Each once; words (ratings without a vector) come first, as they count first (docs/decisions/0007-severity.md).
void add_ratings(std::vector<advisories::Rating>& ratings, std::vector<advisories::Rating> more);

}  // namespace scanner::matching

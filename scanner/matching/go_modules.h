// Go's modules from their second major version on have it in their paths: "github.com/prometheus/prometheus/v2". Go's
// own database names them so; others write the path without it, with versions that no module of that path has.
#pragma once

#include <string_view>
#include <vector>

#include "scanner/advisories/advisory.h"

namespace scanner::matching {

// "github.com/prometheus/prometheus/v2" -> the path without the major version; empty for a path that has none.
[[nodiscard]] std::string_view path_without_major(std::string_view module);

// Of the records about the path without the major version those that speak of modules that have it: none of Go's own
// database, none about an issue that it, or a record about the module itself, tells, and of what is left only what
// names a version above 1. "Every version" says nothing of other modules.
[[nodiscard]] std::vector<advisories::Advisory> records_of_majors(std::vector<advisories::Advisory> without_major,
                                                                  const std::vector<advisories::Advisory>& own);

}  // namespace scanner::matching

// CVSS base scores computed from vectors: version 2, 3.0, 3.1 (https://www.first.org/cvss/) and 4.0.
#pragma once

#include <optional>
#include <string_view>

#include "scanner/advisories/advisory.h"

namespace scanner::advisories {

struct CvssScore {
  int version = 0;    // 2, 3 or 4
  double base = 0.0;  // 0.0 to 10.0, one decimal
  Severity severity = Severity::kUnknown;
  bool operator==(const CvssScore&) const = default;
};

// nullopt for what is not a vector with every base metric. Temporal, threat and environmental metrics are accepted and
// do not count. A score of 0.0 ("None") is Low: the record exists all the same.
[[nodiscard]] std::optional<CvssScore> cvss_score(std::string_view vector);

}  // namespace scanner::advisories

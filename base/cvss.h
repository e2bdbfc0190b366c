// CVSS base scores computed from vectors of version 2, 3.0, 3.1 and 4.0 (https://www.first.org/cvss/).
#pragma once

#include <optional>
#include <string_view>

namespace base {

struct CvssScore {
  int version = 0;    // 2, 3 or 4
  double base = 0.0;  // 0.0 to 10.0, one decimal
  bool operator==(const CvssScore&) const = default;
};

// nullopt for what is not a vector with every base metric. Temporal, threat and environmental metrics are accepted and
// do not count.
[[nodiscard]] std::optional<CvssScore> cvss_score(std::string_view vector);

}  // namespace base

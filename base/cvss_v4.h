// The base score of CVSS 4.0 (https://www.first.org/cvss/v4.0/specification-document, section 8). For base/cvss.cc.
#pragma once

#include <map>
#include <optional>
#include <string_view>

namespace base {

using CvssMetrics = std::map<std::string_view, std::string_view>;  // "AV" -> "N"

// CVSS-B: threat and environmental metrics count as not defined. nullopt when a base metric is missing or has a value
// that it cannot have.
[[nodiscard]] std::optional<double> cvss_v4_base_score(const CvssMetrics& metrics);

}  // namespace base

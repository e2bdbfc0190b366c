#include "scanner/advisories/vector_rating.h"

#include "base/cvss.h"
#include "base/error.h"
#include "scanner/advisories/limits.h"

namespace scanner::advisories {

namespace {

// The qualitative scale of CVSS 3.x and 4.0; version 2 has none of its own above 7.0, so a 9 there is High. A score of
// 0.0 ("None") is Low: the record exists all the same.
Severity severity_of(const base::CvssScore& score) {
  if (score.base >= 9.0 && score.version > 2) return Severity::kCritical;
  if (score.base >= 7.0) return Severity::kHigh;
  if (score.base >= 4.0) return Severity::kMedium;
  return Severity::kLow;
}

}  // namespace

Rating vector_rating(std::string_view source, std::string_view vector) {
  CHECK(vector.size() <= kVectorBytesMax);
  const std::optional<base::CvssScore> score = base::cvss_score(vector);
  return {.source = std::string(source),
          .severity = score ? severity_of(*score) : Severity::kUnknown,
          .vector = std::string(vector)};
}

}  // namespace scanner::advisories

#include "policy/facts.h"

#include <algorithm>
#include <charconv>

#include "base/cvss.h"

namespace policy {
namespace {

std::optional<double> parse_decimal(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

FindingFacts facts_of(const crds::ReportRow& row) {
  FindingFacts facts{.id = row.id,
                     .aliases = row.aliases,
                     .package_type = row.package_type,
                     .package = row.package,
                     .installed = row.installed,
                     .fixed = row.fixed,
                     .purls = row.purls,
                     .severity = row.severity,
                     .ratings = {},
                     .epss = parse_decimal(row.epss),
                     .published = base::parse_rfc3339(row.published),
                     .fix_available = base::parse_rfc3339(row.fix_date),
                     .exploited = row.exploited()};
  for (const crds::RowRating& rating : row.ratings) {
    const std::optional<base::CvssScore> score = base::cvss_score(rating.vector);
    facts.ratings.push_back({rating.source, rating.severity, score ? std::optional(score->base) : std::nullopt});
  }
  return facts;
}

void sort_by_severity(ManifestFacts& manifest) {
  std::ranges::stable_sort(manifest.findings, std::ranges::greater{},
                           [](const FindingFacts* finding) { return finding->severity; });
  SeverityCounts counts{};
  for (const FindingFacts* finding : manifest.findings) {
    for (std::size_t severity = 0; severity <= static_cast<std::size_t>(finding->severity); ++severity) {
      ++counts.at(severity);
    }
  }
  manifest.at_least = counts;
}

}  // namespace policy

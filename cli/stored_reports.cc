#include "cli/stored_reports.h"

#include "base/clock.h"
#include "base/image_reference.h"

namespace cli {

WantedImage::WantedImage(const std::string& written) : written_(written) {
  if (const auto digest = base::Digest::parse(written)) {
    digest_ = digest->text();
    return;
  }
  const base::ImageReference reference = base::parse_image_reference(written);
  if (reference.digest) {
    digest_ = reference.digest->text();
  } else {
    reference_ = reference.text();
  }
}

scanner::matching::Vulnerability vulnerability_of(const crds::ReportRow& row) {
  const auto severity_of = [](crds::Severity severity) { return static_cast<scanner::advisories::Severity>(severity); };
  scanner::matching::Vulnerability found{.id = row.id,
                                         .aliases = row.aliases,
                                         .package_type = row.package_type,
                                         .package = row.package,
                                         .installed = row.installed,
                                         .fixed = row.fixed,
                                         .fix_date = row.fix_date,
                                         .published = row.published,
                                         .severity = severity_of(row.severity),
                                         .severity_source = row.severity_source,
                                         .ratings = {},
                                         .title = {},
                                         .url = row.url,
                                         .purls = row.purls,
                                         .layer = row.layer,
                                         .path = row.path,
                                         .threat = {.exploited_since = row.exploited_since,
                                                    .ransomware = row.ransomware,
                                                    .epss = row.epss,
                                                    .epss_percentile = row.epss_percentile}};
  for (const crds::RowRating& rating : row.ratings) {
    found.ratings.push_back(
        {.source = rating.source, .severity = severity_of(rating.severity), .vector = rating.vector});
  }
  return found;
}

scanner::advisories::DatabaseInfo database_of(std::int64_t generation) {
  scanner::advisories::DatabaseInfo info;
  info.generation = static_cast<std::uint64_t>(generation);
  info.built_at = base::format_rfc3339(base::SystemTime(std::chrono::seconds(generation)));
  return info;
}

}  // namespace cli

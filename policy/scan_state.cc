#include "policy/scan_state.h"

namespace policy {
namespace {

std::string age_text(base::SystemTime then, base::SystemTime now) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - then).count();
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 3600;
  constexpr std::int64_t kDay = 86400;
  if (seconds >= 2 * kDay) return std::to_string(seconds / kDay) + " days";
  if (seconds >= 2 * kHour) return std::to_string(seconds / kHour) + " hours";
  if (seconds >= 2 * kMinute) return std::to_string(seconds / kMinute) + " minutes";
  return std::to_string(seconds) + " seconds";
}

bool older_than(std::optional<base::SystemTime> then, std::chrono::seconds age_max, base::SystemTime now) {
  return !then || now - *then > age_max;
}

}  // namespace

std::optional<ScanGap> stale_tag(const ScanQuery& query) {
  const ImageFacts& image = query.image;
  if (image.reference->digest || image.manifests.empty() || !query.policy.tag_age_max) return std::nullopt;
  if (!older_than(image.tag_resolved_at, *query.policy.tag_age_max, query.now)) return std::nullopt;
  if (!image.tag_resolved_at) return ScanGap{"its tag has not been resolved in this namespace"};
  return ScanGap{"its tag was last resolved " + age_text(*image.tag_resolved_at, query.now) + " ago"};
}

std::optional<ScanGap> missing_scan(const ScanQuery& query) {
  const ImageFacts& image = query.image;
  const base::SystemTime now = query.now;
  if (!image.unscanned_because.empty()) return ScanGap{image.unscanned_because};
  if (image.manifests.empty()) return ScanGap{"there is no report for it"};
  for (const ManifestFacts* manifest : image.manifests) {
    if (!manifest->database_generation) {
      return ScanGap{"its packages have not been compared with the advisory database yet"};
    }
  }
  if (query.policy.scan_age_max && older_than(image.scanned_at, *query.policy.scan_age_max, now)) {
    if (!image.scanned_at) return ScanGap{"when it was scanned is not known"};
    return ScanGap{"its last scan is " + age_text(*image.scanned_at, now) + " old"};
  }
  const std::optional<base::SystemTime> built_at = query.database_built_at;
  if (query.policy.database_age_max && older_than(built_at, *query.policy.database_age_max, now)) {
    if (!built_at) return ScanGap{"the age of the advisory database is not known", Mend::kNothing};
    return ScanGap{"the advisory database is " + age_text(*built_at, now) + " old", Mend::kNothing};
  }
  return std::nullopt;
}

std::string incomplete_because(const ImageFacts& image) {
  for (const ManifestFacts* manifest : image.manifests) {
    if (!manifest->complete) {
      return manifest->incomplete_because.empty() ? "part of it could not be looked at" : manifest->incomplete_because;
    }
  }
  return {};
}

std::string uncovered_because(const ImageFacts& image, std::int64_t percent_min) {
  for (const ManifestFacts* manifest : image.manifests) {
    if (!manifest->coverage) return "how much of its programs belongs to known packages has not been measured";
    if (*manifest->coverage < percent_min) {
      return std::to_string(*manifest->coverage) + " % of the bytes of its programs belong to known packages";
    }
  }
  return {};
}

}  // namespace policy

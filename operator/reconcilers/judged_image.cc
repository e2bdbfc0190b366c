#include "operator/reconcilers/judged_image.h"

#include <algorithm>
#include <iterator>

#include "base/image_reference.h"

namespace pratique_operator::reconcilers {

JudgedImage::JudgedImage(const crds::ImageScan& scan, const std::vector<PlatformResult>& platforms) {
  findings.reserve(platforms.size());
  manifests.reserve(platforms.size());
  for (const PlatformResult& platform : platforms) {
    std::vector<policy::FindingFacts>& facts = findings.emplace_back();
    std::ranges::transform(platform.rows, std::back_inserter(facts), policy::facts_of);
    policy::ManifestFacts& manifest = manifests.emplace_back();
    manifest.digest = platform.platform.digest;
    manifest.platform = platform.platform.platform;
    manifest.complete = platform.complete;
    manifest.incomplete_because = platform.warnings.empty() ? "" : platform.warnings.front();
    if (platform.coverage) manifest.coverage = static_cast<int>(*platform.coverage);
    manifest.database_generation = platform.database_generation;
    for (const policy::FindingFacts& finding : facts) {
      manifest.findings.push_back(&finding);
    }
    image.manifests.push_back(&manifest);
  }
  image.written = scan.spec.image;
  // In normal form, written by us; before the first pass it is empty.
  if (!scan.status.image.empty()) {
    image.reference = base::parse_image_reference(scan.status.image);
  }
  image.digest = scan.status.digest;
  image.proof = policy::Proof::kProved;
  image.image_scan = scan.metadata.name;
  image.tag_resolved_at = base::parse_rfc3339(scan.status.resolved_at);
  image.scanned_at = base::parse_rfc3339(scan.status.last_scan_time);
  if (platforms.empty() || platforms.size() != scan.status.platforms.size()) {
    image.unscanned_because = "not every platform has a report yet";
  }
}

}  // namespace pratique_operator::reconcilers

#include "admission/image_lookup.h"

#include <algorithm>
#include <map>

#include "admission/written_image.h"
#include "crds/object_names.h"

namespace admission {
namespace {

// "linux/arm64/v8" runs on "linux/arm64": nodes do not tell their variant.
bool runs_on(std::string_view image, std::string_view node) {
  return image == node || (image.size() > node.size() && image.starts_with(node) && image[node.size()] == '/');
}

// What all ImageScans together know of one digest.
struct DigestKnowledge {
  bool proved = false;                         // by an ImageScan of the namespace
  bool is_manifest = false;                    // of one platform
  std::map<std::string, std::string> below;    // of an index: platform to manifest digest
  std::optional<base::SystemTime> covered_at;  // when the platforms of all nodes were last looked for
  std::optional<base::SystemTime> scanned_at;
};

DigestKnowledge known_of(const ClusterView& view, const std::string& ns, const std::string& digest) {
  DigestKnowledge known;
  view.scans().for_each_with_digest(digest, [&](const ScanFacts& scan) {
    known.proved = known.proved || scan.key.ns == ns;
    known.scanned_at = std::max(known.scanned_at, scan.scanned_at);
    const bool is_below = std::any_of(scan.platforms.begin(), scan.platforms.end(),
                                      [&](const crds::ScannedPlatform& platform) { return platform.digest == digest; });
    known.is_manifest = known.is_manifest || is_below;
    if (is_below || scan.digest != digest) return;
    for (const crds::ScannedPlatform& platform : scan.platforms) known.below[platform.platform] = platform.digest;
    if (scan.covers_nodes) known.covered_at = std::max(known.covered_at, scan.resolved_at);
  });
  return known;
}

// How the namespace's own scan of it goes, to be added to a sentence.
std::string progress_of(const Scan& scan) {
  if (!scan) return {};
  if (!scan->failure.empty()) return ": " + scan->failure;
  return scan->scanning ? ": its scan runs" : "";
}

// The report of a manifest, or what stands for one that cannot be read; null: there is none.
std::shared_ptr<const ReportFacts> report_of(const ClusterView& view, const std::string& platform,
                                             const base::Digest& manifest) {
  std::shared_ptr<const ReportFacts> report = view.report(manifest);
  if (!report && view.report_is_unreadable(manifest)) {
    report = std::make_shared<const ReportFacts>(
        ReportFacts{.manifest = {.digest = manifest.text(),
                                 .platform = platform,
                                 .complete = false,
                                 .incomplete_because = "the ImageReport cannot be read",
                                 .database_generation = std::nullopt,
                                 .findings = {}},
                    .kept = nullptr});
  }
  return report;
}

void add_report(const std::string& platform, const std::string& digest, std::shared_ptr<const ReportFacts> report,
                SeenImage& image) {
  image.looked_for.push_back(digest);
  if (!report) {
    image.facts.unscanned_because =
        (platform.empty() ? "it" : platform) + " has no report yet" + progress_of(image.scan);
    return;
  }
  image.facts.manifests.push_back(&report->manifest);
  image.reports.push_back(std::move(report));
}

void add_manifest(const ClusterView& view, const std::string& platform, const std::string& digest, SeenImage& image) {
  const std::optional<base::Digest> manifest = base::Digest::parse(digest);
  add_report(platform, digest, manifest ? report_of(view, platform, *manifest) : nullptr, image);
}

// A node's platform of which the index has no manifest is no matter once that was looked for, after the first such
// node came; else nobody knows.
bool was_looked_for(const ClusterView& view, const std::string& platform, const DigestKnowledge& known) {
  const std::shared_ptr<const NodePlatforms> nodes = view.node_platforms();
  const auto since = nodes->find(platform);
  return known.covered_at && since != nodes->end() && since->second <= known.covered_at;
}

// The manifests of an index that the pod's nodes can run.
void add_index(const ClusterView& view, const Placement& placement, const DigestKnowledge& known, SeenImage& image) {
  if (known.below.empty()) {
    image.facts.unscanned_because = "its platforms are not known yet";
    return;
  }
  bool runs_somewhere = false;
  for (const std::string& wanted : placement.platforms) {
    bool found = false;
    for (const auto& [platform, digest] : known.below) {
      if (!runs_on(platform, wanted)) continue;
      found = true;
      add_manifest(view, platform, digest, image);
    }
    runs_somewhere = runs_somewhere || found;
    if (!found && !was_looked_for(view, wanted, known)) {
      image.facts.unscanned_because = "its manifest for " + wanted + " has not been looked at";
    }
  }
  if (runs_somewhere) return;
  for (const auto& [platform, digest] : known.below) add_manifest(view, platform, digest, image);
}

// Sets the digest that the reference stands for; empty where that is not known.
void resolve(SeenImage& image) {
  policy::ImageFacts& facts = image.facts;
  if (facts.reference->digest) {
    facts.digest = facts.reference->digest->text();
  } else if (image.scan && !image.scan->digest.empty()) {
    facts.digest = image.scan->digest;
    facts.tag_resolved_at = image.scan->resolved_at;
  } else {
    facts.unscanned_because =
        image.scan ? "ImageScan " + image.scan->key.name + " has not resolved its tag yet" + progress_of(image.scan)
                   : "no ImageScan of this namespace has resolved its tag";
  }
}

SeenImage look_up(const ClusterView& view, const Placement& placement, const std::string& written) {
  SeenImage image;
  policy::ImageFacts& facts = image.facts;
  facts.written = written;
  WrittenImage read = read_written_image(written);
  facts.reference = std::move(read.reference);
  facts.error = std::move(read.error);
  if (!facts.reference) return image;

  image.scan = view.scans().find(placement.ns, facts.reference->text());
  facts.image_scan = image.scan ? image.scan->key.name : crds::image_scan_name(*facts.reference);
  if (image.scan && image.scan->stalled) facts.hope = policy::ScanHope::kFailed;
  resolve(image);
  if (facts.digest.empty()) return image;

  const DigestKnowledge known = known_of(view, placement.ns, facts.digest);
  facts.proof = known.proved ? policy::Proof::kProved : policy::Proof::kUnproved;
  facts.scanned_at = known.scanned_at;
  const std::optional<base::Digest> digest =
      facts.reference->digest ? facts.reference->digest : base::Digest::parse(facts.digest);
  std::shared_ptr<const ReportFacts> report = digest ? report_of(view, "", *digest) : nullptr;
  if (known.is_manifest || report) {
    add_report("", facts.digest, std::move(report), image);
  } else {
    add_index(view, placement, known, image);
  }
  return image;
}

}  // namespace

Placement placement_of(const ClusterView& view, const std::string& ns, const crds::Labels& node_selector) {
  const auto wanted = [&](const char* label) {
    const auto found = node_selector.find(label);
    return found == node_selector.end() ? std::string() : found->second;
  };
  const std::string os = wanted("kubernetes.io/os");
  const std::string architecture = wanted("kubernetes.io/arch");
  Placement placement{.ns = ns, .platforms = {}};
  for (const auto& [platform, since] : *view.node_platforms()) {
    const std::size_t slash = platform.find('/');
    if (!os.empty() && platform.substr(0, slash) != os) continue;
    if (!architecture.empty() && platform.substr(slash + 1) != architecture) continue;
    placement.platforms.push_back(platform);
  }
  return placement;
}

SeenImage look_up_image(const ClusterView& view, const Placement& placement, const std::string& written) {
  SeenImage image = look_up(view, placement, written);
  const std::optional<std::chrono::seconds> stale = view.stale_for();
  if (!stale || !image.facts.reference) return image;
  // Findings that are known still count; that there are no others nobody knows any more, and nothing will come.
  image.facts.unscanned_because =
      "the API server has not been heard for " + std::to_string(stale->count()) + " s, so that what is known is old";
  image.facts.hope = policy::ScanHope::kFailed;
  return image;
}

}  // namespace admission

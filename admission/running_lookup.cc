#include "admission/running_lookup.h"

#include "policy/break_glass.h"

namespace admission {
namespace {

// The reports of a digest that a node runs: of the manifest itself or, where the node names an index, of those below.
void add_reports(const ClusterView& view, const std::string& digest, policy::Place& place, SeenImage& image) {
  std::set<std::string> manifests{digest};
  view.scans().for_each_with_digest(digest, [&](const ScanFacts& scan) {
    if (scan.digest != digest) return;
    for (const crds::ScannedPlatform& platform : scan.platforms) manifests.insert(platform.digest);
  });
  for (const std::string& manifest : manifests) {
    const std::optional<base::Digest> parsed = base::Digest::parse(manifest);
    if (!parsed) continue;
    if (std::shared_ptr<const ReportFacts> report = view.report(*parsed)) {
      place.runs_now.push_back(&report->manifest);
      image.reports.push_back(std::move(report));
    }
  }
}

}  // namespace

std::optional<Owner> owner_of(const Review& review) {
  const bool is_pod = review.workload->subject == policy::SubjectKind::kPod;
  if (!is_pod) {
    if (review.workload->kind.empty() || review.name.empty()) return std::nullopt;
    return owner_of(review.ns, review.workload->kind, review.name, review.object.labels);
  }
  if (!review.user.empty() && !policy::is_kubernetes_controller(review.user)) return std::nullopt;
  if (review.object.owner_kind.empty()) return std::nullopt;
  return owner_of(review.ns, review.object.owner_kind, review.object.owner_name, review.object.labels);
}

void add_running(const ClusterView& view, const Owner& owner, const std::vector<policy::ContainerImage>& images,
                 SeenImage& image) {
  policy::ImageFacts& facts = image.facts;
  for (const policy::ContainerImage& wanted : images) {
    if (wanted.image != facts.written) continue;
    policy::Place& place = facts.places.emplace_back();
    place.container = wanted.container;
    for (const std::string& digest : view.running().digests_in(owner, wanted.container)) {
      add_reports(view, digest, place, image);
    }
  }
  if (facts.digest.empty()) return;
  std::set<std::string> digests{facts.digest};
  for (const policy::ManifestFacts* manifest : facts.manifests) digests.insert(manifest->digest);
  facts.ran_since = view.running().since(owner, digests);
}

}  // namespace admission

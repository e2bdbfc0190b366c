#include "operator/reconcilers/running_workloads.h"

namespace pratique_operator::reconcilers {
namespace {

std::unique_ptr<JudgedImage> judged(const crds::ImageScan& scan, const ResultOf& result_of) {
  std::vector<PlatformResult> platforms;
  for (const crds::ScannedPlatform& platform : scan.status.platforms) {
    if (std::optional<PlatformResult> result = result_of(platform)) {
      platforms.push_back(std::move(*result));
    }
  }
  return std::make_unique<JudgedImage>(scan, platforms);
}

}  // namespace

std::vector<RunningWorkload> running_workloads(const RunningView& view, const ResultOf& result_of,
                                               JudgedImages& images) {
  std::vector<RunningWorkload> workloads;
  for (const auto& workload : view.workloads()) {
    RunningWorkload running{.subject = view.judges.subject_of(workload->ns),
                            .images = {},
                            .first_seen = view.judges.first_seen_in(workload->ns),
                            .kind = workload->kind,
                            .name = workload->name};
    running.subject.labels = workload->used->labels;
    bool known = workload->own && workload->in_use;
    for (const ContainerImage& image : workload->used->images) {
      if (!known) {
        break;
      }
      const std::optional<kubernetes::ObjectKey> key =
          view.uses.image_scan_of({.ns = workload->ns, .name = image.image});
      if (!key) {
        known = false;
        break;
      }
      std::unique_ptr<JudgedImage>& place = images[*key];
      if (!place) {
        const auto scan = view.scans.get(*key);
        if (!scan) {
          images.erase(*key);
          known = false;
          break;
        }
        place = judged(*scan, result_of);
      }
      running.images.push_back(place->image);
    }
    if (known) {
      workloads.push_back(std::move(running));
    }
  }
  return workloads;
}

}  // namespace pratique_operator::reconcilers

// What runs now, as policies see it: the bridge from the stores to a replay of decisions.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crds/image_scan.h"
#include "kubernetes/store.h"
#include "operator/reconcilers/image_uses.h"
#include "operator/reconcilers/judged_image.h"
#include "operator/reconcilers/namespace_judges.h"
#include "operator/reconcilers/rule_status.h"
#include "operator/reconcilers/workload_images.h"

namespace pratique_operator::reconcilers {

// Borrowed; must outlive its user.
struct RunningView {
  NamespaceJudges& judges;
  const kubernetes::Store<crds::ImageScan>& scans;
  const ImageUses& uses;
  std::function<std::vector<std::shared_ptr<const WorkloadImages>>()> workloads;
};

// What is known of one platform of an image; nullopt: nothing yet.
using ResultOf = std::function<std::optional<PlatformResult>(const crds::ScannedPlatform& platform)>;

// By ImageScan; what the running workloads' facts point into.
using JudgedImages = std::map<kubernetes::ObjectKey, std::unique_ptr<JudgedImage>>;

// Workloads that people made; the pods of a Deployment are judged as the Deployment. One with an image that has no
// ImageScan yet is left out. The answer borrows `images`, which is filled, and the judges.
[[nodiscard]] std::vector<RunningWorkload> running_workloads(const RunningView& view, const ResultOf& result_of,
                                                             JudgedImages& images);

}  // namespace pratique_operator::reconcilers

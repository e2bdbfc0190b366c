#include "admission/workload_images.h"

#include <algorithm>
#include <iterator>

namespace admission {
namespace {

using policy::SubjectKind;

constexpr std::array<std::string_view, 4> kItself{};
constexpr std::array<std::string_view, 4> kTemplate{"spec", "template"};

constexpr std::array<WorkloadKind, 9> kWorkloadKinds{{
    {"", "pods", "", SubjectKind::kPod, kItself},
    {"", "pods", "ephemeralcontainers", SubjectKind::kPod, kItself},
    {"", "replicationcontrollers", "", SubjectKind::kController, kTemplate},
    {"apps", "deployments", "", SubjectKind::kController, kTemplate},
    {"apps", "replicasets", "", SubjectKind::kController, kTemplate},
    {"apps", "statefulsets", "", SubjectKind::kController, kTemplate},
    {"apps", "daemonsets", "", SubjectKind::kController, kTemplate},
    {"batch", "jobs", "", SubjectKind::kController, kTemplate},
    {"batch", "cronjobs", "", SubjectKind::kController, {"spec", "jobTemplate", "spec", "template"}},
}};

}  // namespace

const WorkloadKind* find_workload_kind(std::string_view group, std::string_view resource,
                                       std::string_view subresource) {
  const auto* found = std::find_if(kWorkloadKinds.begin(), kWorkloadKinds.end(), [&](const WorkloadKind& kind) {
    return kind.group == group && kind.resource == resource && kind.subresource == subresource;
  });
  return found == kWorkloadKinds.end() ? nullptr : found;
}

std::vector<ContainerImage> images_to_judge(const PodTemplate& now, const PodTemplate* before) {
  if (before == nullptr) return now.images;
  std::vector<ContainerImage> known = before->images;
  std::sort(known.begin(), known.end());
  std::vector<ContainerImage> changed;
  std::copy_if(now.images.begin(), now.images.end(), std::back_inserter(changed),
               [&](const ContainerImage& image) { return !std::binary_search(known.begin(), known.end(), image); });
  return changed;
}

}  // namespace admission

#include "policy/break_glass.h"

#include <algorithm>
#include <array>

namespace policy {
namespace {

std::optional<std::string> value_of(const Annotations& annotations, const std::string& key) {
  const auto found = annotations.find(key);
  return found == annotations.end() ? std::nullopt : std::optional(found->second);
}

bool is_member(const std::vector<std::string>& groups, const Request& request) {
  return std::any_of(request.groups.begin(), request.groups.end(), [&](const std::string& group) {
    return std::find(groups.begin(), groups.end(), group) != groups.end();
  });
}

}  // namespace

bool is_kubernetes_controller(std::string_view user) {
  static constexpr std::array<std::string_view, 8> kControllers{
      "system:kube-controller-manager",  // where its controllers have no accounts of their own
      "system:serviceaccount:kube-system:cronjob-controller",
      "system:serviceaccount:kube-system:daemon-set-controller",
      "system:serviceaccount:kube-system:deployment-controller",
      "system:serviceaccount:kube-system:job-controller",
      "system:serviceaccount:kube-system:replicaset-controller",
      "system:serviceaccount:kube-system:replication-controller",
      "system:serviceaccount:kube-system:statefulset-controller",
  };
  return std::find(kControllers.begin(), kControllers.end(), user) != kControllers.end();
}

std::optional<std::string> reason_to_break(const Policy& policy, const Subject& subject) {
  if (!policy.spec.break_glass) return std::nullopt;
  std::optional<std::string> value = value_of(subject.annotations, policy.spec.break_glass->annotation);
  return value && !value->empty() ? value : std::nullopt;
}

std::string forbidden_change(const Policy& policy, const Subject& subject, const Request& request) {
  if (!policy.spec.break_glass) return {};
  const crds::BreakGlass& glass = *policy.spec.break_glass;
  const bool is_new = !request.annotations_before;
  const std::optional<std::string> before =
      is_new ? std::nullopt : value_of(*request.annotations_before, glass.annotation);
  if (value_of(subject.annotations, glass.annotation) == before || is_member(glass.groups, request)) return {};
  if (is_new && is_kubernetes_controller(request.user)) return {};
  return "only members of its break-glass groups set, change or take away the annotation " + glass.annotation +
         ", and " + request.user + " is none";
}

}  // namespace policy

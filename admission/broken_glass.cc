#include "admission/broken_glass.h"

#include <fmt/format.h>

#include "admission/review_handler.h"
#include "base/log.h"

namespace admission {
namespace {

constexpr std::size_t kUserBytesMax = 256;
constexpr std::size_t kObjectBytesMax = 640;
constexpr std::size_t kWhyBytesMax = 512;

// The API server names a pod before it asks; of what else is made with generateName the kind alone is known.
std::string name_of(const Review& review) {
  if (!review.name.empty()) return review.name;
  return review.object.name.empty() ? review.resource : review.object.name;
}

// All kinds of Kubernetes that carry pods are of version 1 of their group; of further ones the version is not told.
kubernetes::ResourceType type_of(const Review& review) {
  const bool is_known = review.workload != nullptr && !review.workload->kind.empty();
  return {.group = review.group,
          .version = "v1",
          .kind = is_known ? review.workload->kind : review.resource,
          .plural = review.resource,
          .namespaced = true};
}

}  // namespace

crds::GlassUse glass_use(const policy::BrokenGlass& glass, const Review& review, base::SystemTime now) {
  const std::string object = fmt::format("{}/{}/{}", review.ns, review.resource, name_of(review));
  return {.time = base::format_rfc3339(now),
          .user = base::escape_text(review.user, kUserBytesMax),
          .object = base::escape_text(object, kObjectBytesMax),
          .why = base::escape_text(glass.why, kWhyBytesMax),
          .decision_id = decision_id(review),
          .policy_generation = glass.policy_generation};
}

kubernetes::Event glass_event(const policy::BrokenGlass& glass, const Review& review) {
  return {.regarding_type = type_of(review),
          .regarding = {.ns = review.ns, .name = name_of(review)},
          .regarding_uid = review.object.uid,
          .severity = kubernetes::EventSeverity::kWarning,
          .reason = "GlassBroken",
          .action = "Admit",
          .note = fmt::format("{} let it pass {} by the annotation {}: {} (decision {})", review.user, glass.policy,
                              glass.annotation, glass.why, decision_id(review))};
}

}  // namespace admission

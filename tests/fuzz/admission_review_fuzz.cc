// AdmissionReviews with the whole decision behind them, in a cluster that admits nothing: whatever the bytes are, a
// request that brings an image is not allowed.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "admission/review_handler.h"
#include "base/error.h"
#include "crds/scan_policy.h"

namespace {

// One policy that denies what is not scanned, of pods and controllers alike, and nothing is scanned.
class ForbiddingCluster {
 public:
  ForbiddingCluster() {
    const nlohmann::json policy{{"metadata", {{"name", "nothing"}, {"resourceVersion", "1"}}},
                                {"spec",
                                 {{"mode", "Deny"},
                                  {"controllersMode", "Deny"},
                                  {"unscanned", {{"action", "Deny"}}},
                                  {"rules", {{{"name", "any"}}}}}}};
    for (const admission::ClusterView::Watched& watched : view_.watched()) {
      watched.on_event({.type = kubernetes::ObjectEventType::kInit, .object = {}});
      if (watched.type == crds::kClusterScanPolicy) {
        watched.on_event({.type = kubernetes::ObjectEventType::kInitApply, .object = policy});
      }
      watched.on_event({.type = kubernetes::ObjectEventType::kInitDone, .object = {}});
    }
  }
  [[nodiscard]] const admission::ClusterView& view() const { return view_; }

 private:
  admission::ClusterView view_;
};

// Kubernetes' own, and paths through lists of lists.
policy::WorkloadKinds kinds_of_others() {
  policy::WorkloadKinds kinds;
  kinds.add_pod_template("rollouts.argoproj.io=spec.template");
  kinds.add_pod_template("jobsets.example.com=spec.jobs[].template");
  kinds.add_image_field("tasks.tekton.dev=spec.steps[].image");
  kinds.add_image_field("tasks.tekton.dev=spec.more[][]");
  return kinds;
}

bool brings_an_image(const admission::Review& review) {
  if (review.workload == nullptr || review.mirrors_static_pod) return false;
  const bool may_be_empty = review.workload->subject == policy::SubjectKind::kController;
  for (const policy::ContainerImage& image :
       policy::images_to_judge(review.object, review.old_object ? &*review.old_object : nullptr)) {
    if (!image.image.empty() || !may_be_empty) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ForbiddingCluster cluster;
  static const policy::WorkloadKinds kinds = kinds_of_others();
  std::string uid;
  try {
    const admission::Review review = admission::decode_review({reinterpret_cast<const char*>(data), size}, kinds, uid);
    CHECK(review.uid == uid && !uid.empty());
    const admission::Judgement judgement = admission::judge(review, cluster.view(), base::SystemTime{});
    CHECK(judgement.answer.uid == uid);
    CHECK(judgement.answer.allowed != brings_an_image(review));
    const auto answer = nlohmann::json::parse(admission::encode_answer(judgement.answer));
    CHECK(answer.at("response").at("allowed") == judgement.answer.allowed);
  } catch (const base::Error&) {
    return 0;
  }
  return 0;
}

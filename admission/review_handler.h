// From a request to its answer: which images are new, what is known of them, what policy says. Pure computation over
// the cluster view: no I/O, no waiting.
#pragma once

#include <string>
#include <vector>

#include "admission/admission_review.h"
#include "admission/cluster_view.h"
#include "base/clock.h"
#include "crds/scan_policy.h"

namespace admission {

enum class WishKind : std::uint8_t { kScan, kResolveAgain };

// A scan that the answer would have needed: an ImageScan to apply in the pod's namespace.
struct ScanWish {
  std::string ns;
  std::string name;
  std::string image;  // normalised
  std::vector<std::string> pull_secrets;
  WishKind kind = WishKind::kScan;
};

struct Judgement {
  ReviewAnswer answer;
  crds::Verdict verdict = crds::Verdict::kAllow;
  std::string cause;  // of a closed set, for metrics: "passed", "no_policy", "no_new_image", "findings", ...
  std::vector<std::string> denied_by;  // policies
  std::vector<ScanWish> wishes;        // none for a dry run
  std::size_t images = 0;              // judged
};

[[nodiscard]] Judgement judge(const Review& review, const ClusterView& view, base::SystemTime now);

// The answer to a request that cannot be read.
[[nodiscard]] ReviewAnswer deny_unreadable(const std::string& uid, const std::string& why);

}  // namespace admission

// From a request to its answer: which images are new, what is known of them, what policy says. Pure computation over
// the cluster view: no I/O, no waiting.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admission/admission_review.h"
#include "admission/cluster_view.h"
#include "admission/image_lookup.h"
#include "base/clock.h"
#include "crds/scan_policy.h"
#include "policy/decision.h"

namespace admission {

// kScan: make it, or add the pod's secrets to one that Pratique made; kAddSecrets: to a person's own; kHurry: it waits
// its turn; kResolveAgain: what it knows does not count.
enum class WishKind : std::uint8_t { kScan, kAddSecrets, kHurry, kResolveAgain };
// kWaiting: a request may be parked until it is there.
enum class WishUrgency : std::uint8_t { kRoutine, kWaiting };

// A scan that the answer would have needed: an ImageScan to apply in the pod's namespace.
struct ScanWish {
  std::string ns;
  std::string name;
  std::string image;  // normalised
  std::vector<std::string> pull_secrets;
  WishKind kind = WishKind::kScan;
  WishUrgency urgency = WishUrgency::kRoutine;
};

// What a request waits for, and how long policy would have it wait.
struct WaitFor {
  std::chrono::seconds at_most{0};
  std::vector<std::string> topics;  // admission/topics.h
};

// The answer is final where `wait` is absent, and is that of a request whose time is up where it is not.
struct Judgement {
  ReviewAnswer answer;
  std::optional<WaitFor> wait;
  crds::Verdict verdict = crds::Verdict::kAllow;
  std::string cause;  // of a closed set, for metrics: "passed", "no_policy", "no_new_image", "findings", ...
  std::vector<std::string> denied_by;  // policies
  std::vector<policy::BrokenGlass> broken_glass;
  std::vector<ScanWish> wishes;  // none for a dry run
  std::size_t images = 0;        // judged
};

// By which a person finds the decision in messages, log and audit trail.
[[nodiscard]] std::string decision_id(const Review& review);

// A request as policy sees it. The facts of the images are in the question, which borrows from their reports, and the
// decision borrows from both.
struct Consideration {
  std::shared_ptr<const policy::RuleBook> rules;
  std::vector<SeenImage> images;
  policy::Question question;
  policy::Decision decision;
};
// Of a CREATE or UPDATE of a workload.
[[nodiscard]] Consideration consider(const Review& review, const ClusterView& view, base::SystemTime now);

[[nodiscard]] Judgement judge(const Review& review, const ClusterView& view, base::SystemTime now);

// The answer to a request that cannot be read.
[[nodiscard]] ReviewAnswer deny_unreadable(const std::string& uid, const std::string& why);

}  // namespace admission

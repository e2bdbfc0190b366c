#include "admission/review_handler.h"

#include <algorithm>

#include "admission/running_lookup.h"
#include "admission/topics.h"
#include "base/log.h"
#include "policy/audit_annotations.h"
#include "policy/message.h"

namespace admission {
namespace {

using crds::Verdict;

Judgement allow(const Review& review, std::string cause) {
  Judgement judgement;
  judgement.answer.uid = review.uid;
  judgement.answer.allowed = true;
  judgement.cause = std::move(cause);
  return judgement;
}

// The distinct images to judge, each where it stands first. A pod template may leave an image empty, for something else
// to fill in: its pods may not.
std::vector<policy::ContainerImage> distinct_images(const Review& review) {
  std::vector<policy::ContainerImage> images =
      policy::images_to_judge(review.object, review.old_object ? &*review.old_object : nullptr);
  if (review.workload->subject == policy::SubjectKind::kController) {
    std::erase_if(images, [](const policy::ContainerImage& image) { return image.image.empty(); });
  }
  std::ranges::stable_sort(images, {}, &policy::ContainerImage::image);
  const auto repeated = std::ranges::unique(images, {}, &policy::ContainerImage::image);
  images.erase(repeated.begin(), repeated.end());
  return images;
}

std::vector<SeenImage> look_up_images(const Review& review, const ClusterView& view,
                                      const std::vector<policy::ContainerImage>& images) {
  const Placement placement = placement_of(view, review.ns, review.object.node_selector);
  std::vector<SeenImage> seen;
  seen.reserve(images.size());
  for (const policy::ContainerImage& image : images) {
    seen.push_back(look_up_image(view, placement, image.image));
    // Told of what is no reference alone: else it is clear which image is meant.
    if (!seen.back().facts.reference) seen.back().facts.place = policy::place_of(image);
  }
  return seen;
}

// Who asks, and what of the object it would change; nullopt where nobody asks.
std::optional<policy::Request> request_of(const Review& review) {
  if (review.user.empty()) return std::nullopt;
  return policy::Request{
      .user = review.user,
      .groups = review.groups,
      .annotations_before = review.old_object ? std::optional(review.old_object->annotations) : std::nullopt};
}

// Takes the facts of the images.
policy::Question question_of(const Review& review, const ClusterView& view, std::vector<SeenImage>& images,
                             base::SystemTime now) {
  policy::Question question{
      .subject = {.ns = review.ns,
                  .namespace_labels = view.namespace_labels(review.ns),
                  .labels = review.object.labels,
                  .kind = review.workload->subject,
                  .annotations = review.object.annotations},
      .images = {},
      .now = now,
      .database_built_at = view.database_built_at(),
      .database_generation = view.database_generation(),
      .request = request_of(review),
      .first_seen = [&view,
                     ns = review.ns](const policy::FindingFacts& finding) { return view.first_seen(ns, finding); },
      .id = decision_id(review)};
  question.images.reserve(images.size());
  for (SeenImage& image : images) question.images.push_back(std::move(image.facts));
  return question;
}

// The kubelet uses the pod's own list. The ServiceAccount admission plugin has filled a pod's from its account; for a
// template nobody has yet.
std::vector<std::string> pull_secrets_of(const Review& review, const ClusterView& view) {
  if (!review.object.pull_secrets.empty()) return review.object.pull_secrets;
  return view.pull_secrets_of(review.ns, review.object.service_account);
}

bool counts_as_unscanned(const policy::Decision& decision, std::size_t image) {
  const auto says_so = [image](const policy::Reason& reason) {
    return reason.image == image && reason.cause == policy::Cause::kUnscanned;
  };
  return std::any_of(decision.reasons.begin(), decision.reasons.end(), says_so) ||
         std::any_of(decision.audited.begin(), decision.audited.end(), says_so);
}

bool contains_all(const std::vector<std::string>& values, const std::vector<std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& value) {
    return std::find(values.begin(), values.end(), value) != values.end();
  });
}

// What would have to be asked of the image's scan for it to count; nullopt where nothing has to.
std::optional<WishKind> wish_for(const SeenImage& image, const std::vector<std::string>& pull_secrets,
                                 WishUrgency urgency, bool unscanned) {
  const Scan& scan = image.scan;
  if (!scan) return WishKind::kScan;
  if (scan->digest.empty()) {
    if (!contains_all(scan->pull_secrets, pull_secrets)) return scan->ours ? WishKind::kScan : WishKind::kAddSecrets;
    if (scan->stalled) return WishKind::kResolveAgain;
    const bool must_queue = urgency == WishUrgency::kWaiting && scan->priority != crds::ScanPriority::kAdmission;
    return must_queue ? std::optional(WishKind::kHurry) : std::nullopt;
  }
  return unscanned && !scan->scanning ? std::optional(WishKind::kResolveAgain) : std::nullopt;
}

std::vector<ScanWish> wishes_of(const Review& review, const ClusterView& view, const Consideration& considered) {
  const auto& [rules, images, question, decision] = considered;
  std::vector<ScanWish> wishes;
  if (review.dry_run == DryRun::kYes || decision.policies.empty()) return wishes;
  const std::vector<std::string> pull_secrets = pull_secrets_of(review, view);
  const WishUrgency urgency = decision.wait ? WishUrgency::kWaiting : WishUrgency::kRoutine;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const policy::ImageFacts& facts = question.images[i];
    if (!facts.reference) continue;
    const std::optional<WishKind> kind = wish_for(images[i], pull_secrets, urgency, counts_as_unscanned(decision, i));
    if (!kind) continue;
    wishes.push_back({.ns = review.ns,
                      .name = facts.image_scan,
                      .image = facts.reference->text(),
                      .pull_secrets = pull_secrets,
                      .kind = *kind,
                      .urgency = urgency});
  }
  return wishes;
}

// Nobody asks for a scan on behalf of a dry run, so that it waits only for what somebody else has asked for.
std::optional<WaitFor> wait_of(const Review& review, const Consideration& considered) {
  const auto& [rules, images, question, decision] = considered;
  if (!decision.wait) return std::nullopt;
  WaitFor wait{.at_most = decision.wait->at_most, .topics = {}};
  for (const std::size_t index : decision.wait->images) {
    const policy::ImageFacts& facts = question.images[index];
    if (review.dry_run == DryRun::kYes && !images[index].scan) return std::nullopt;
    wait.topics.push_back(scan_topic(review.ns, facts.reference->text()));
    if (!facts.digest.empty()) wait.topics.push_back(digest_topic(facts.digest));
    for (const std::string& manifest : images[index].looked_for) wait.topics.push_back(digest_topic(manifest));
  }
  return wait;
}

std::string cause_of(const policy::Decision& decision) {
  if (!decision.reasons.empty()) return std::string(policy::cause_name(decision.reasons.front().cause));
  return decision.policies.empty() ? "no_policy" : "passed";
}

// Of a running pod nothing else is judged: it can always be labelled, patched and deleted.
bool changes_annotations(const Review& review) {
  return review.old_object ? review.object.annotations != review.old_object->annotations
                           : !review.object.annotations.empty();
}

bool compares_with_running(const policy::RuleBook& rules) {
  return std::ranges::any_of(rules.policies, [](const policy::Policy& policy) {
    return policy.spec.ratchet || policy.spec.continuity.has_value();
  });
}

void add_running_images(const Review& review, const ClusterView& view, std::vector<SeenImage>& images) {
  const std::optional<Owner> owner = owner_of(review);
  if (!owner) return;
  for (SeenImage& image : images) add_running(view, *owner, review.object.images, image);
}

}  // namespace

std::string decision_id(const Review& review) {
  constexpr std::size_t kBytes = 13;  // of the uid, which is what the log has: two of its five groups
  return base::escape_text(review.uid.substr(0, kBytes), kBytes);
}

Consideration consider(const Review& review, const ClusterView& view, base::SystemTime now) {
  Consideration considered;
  considered.rules = view.rules();
  considered.images = look_up_images(review, view, distinct_images(review));
  if (compares_with_running(*considered.rules)) add_running_images(review, view, considered.images);
  considered.question = question_of(review, view, considered.images, now);
  considered.decision = policy::decide(*considered.rules, considered.question);
  return considered;
}

Judgement judge(const Review& review, const ClusterView& view, base::SystemTime now) {
  if (review.operation != Operation::kCreate && review.operation != Operation::kUpdate) {
    return allow(review, "not_judged");
  }
  if (review.workload == nullptr) {
    Judgement judgement = allow(review, "not_judged");
    judgement.answer.warnings.push_back(base::escape_text(
        "Pratique knows no images in " + review.resource + "/" + review.subresource + ": not judged", 256));
    return judgement;
  }
  if (review.mirrors_static_pod) {
    Judgement judgement = allow(review, "static_pod");
    judgement.answer.audit_annotations["decision"] = "static-pod";
    return judgement;
  }
  if (distinct_images(review).empty() && !changes_annotations(review)) return allow(review, "no_new_image");
  const Consideration considered = consider(review, view, now);
  const auto& [rules, images, question, decision] = considered;

  Judgement judgement;
  judgement.answer = {.uid = review.uid,
                      .allowed = decision.verdict != Verdict::kDeny,
                      .code = 403,
                      .message = policy::denial_message(decision, question),
                      .warnings = policy::warnings(decision, question),
                      .audit_annotations = policy::audit_annotations(decision, question)};
  judgement.verdict = decision.verdict;
  judgement.cause = cause_of(decision);
  judgement.denied_by = policy::denying_policies(decision);
  judgement.broken_glass = decision.broken_glass;
  judgement.wait = wait_of(review, considered);
  judgement.wishes = wishes_of(review, view, considered);
  judgement.images = images.size();
  return judgement;
}

ReviewAnswer deny_unreadable(const std::string& uid, const std::string& why) {
  return {.uid = uid,
          .allowed = false,
          .code = 400,
          .message = "the request cannot be judged: " + base::escape_text(why, 512),
          .warnings = {},
          .audit_annotations = {{"decision", "deny"}, {"reasons", "unreadable"}}};
}

}  // namespace admission

#include "operator/reconcilers/namespace_judges.h"

#include <algorithm>
#include <map>
#include <span>
#include <unordered_map>

#include "base/image_reference.h"
#include "crds/duration.h"
#include "crds/object_names.h"
#include "operator/reconcilers/judged_image.h"
#include "policy/vulnerability_id.h"

namespace pratique_operator::reconcilers {
namespace {

using policy::FindingFacts;

// The strictest terms of all policies about the namespace: a row shown as excepted must not be denied by one of them.
policy::ExceptionTerms strictest_terms(const policy::RuleBook& book, const policy::Subject& subject) {
  policy::ExceptionTerms terms;
  for (const policy::Policy& policy : book.policies) {
    if (!policy.ns.empty() || !policy::applies_to(policy, subject)) {
      continue;
    }
    const policy::ExceptionTerms& own = policy.exception_terms;
    if (own.namespaced == crds::NamespacedExceptions::kForbid) {
      terms.namespaced = own.namespaced;
    }
    if (own.duration_max && (!terms.duration_max || *own.duration_max < *terms.duration_max)) {
      terms.duration_max = own.duration_max;
    }
  }
  return terms;
}

policy::ImageFacts image_facts(const std::string& reference, const std::string& digest) {
  policy::ImageFacts image;
  image.written = reference;
  // Written by us in normal form; before the first pass it is empty.
  if (!reference.empty()) {
    image.reference = base::parse_image_reference(reference);
  }
  image.digest = digest;
  image.proof = policy::Proof::kProved;
  return image;
}

// Everything that one judge needs, kept together for as long as its functions live. A row of a base image is judged for
// each of a thousand images: what is read of an image or of a pod's labels is read once. Of one thread.
class Bench {
 public:
  Bench(std::shared_ptr<const policy::RuleBook> book, const policy::Subject& subject, base::SystemTime now)
      : book_(std::move(book)), subject_(subject), terms_(strictest_terms(*book_, subject)), now_(now) {}

  [[nodiscard]] const policy::ExceptionTerms& terms() const { return terms_; }

  // The exception that covers the row for a pod with these labels; null: none.
  [[nodiscard]] const crds::FindingException* covering(const FindingFacts& row, const NamespaceImage& in,
                                                       const crds::Labels& labels) {
    policy::ManifestFacts manifest;
    manifest.digest = in.digest;
    return book_->exceptions.covering({pod(labels), image(in), manifest, row, terms_, now_});
  }

  // RowJudges::denied_from for a pod with these labels; exceptions are not looked at.
  [[nodiscard]] std::optional<base::SystemTime> denied_from(const FindingFacts& row, const NamespaceImage& in,
                                                            const crds::Labels& labels, base::SystemTime first_seen) {
    const auto seen = [first_seen](const FindingFacts&) { return std::optional(first_seen); };
    std::optional<base::SystemTime> first;
    for (const policy::Policy& policy : book_->policies) {
      if (!policy::applies_to(policy, pod(labels)) || !policy::applies_to(policy, image(in))) continue;
      for (const policy::Rule& rule : policy.rules) {
        const bool denies = rule.spec.mode.value_or(policy.spec.mode) == crds::PolicyMode::kDeny;
        if (!denies || !policy::rule_hits(rule, row)) continue;
        const base::SystemTime from = policy::grace_end(rule, row, seen).value_or(base::SystemTime::min());
        first = std::min(first.value_or(from), from);
      }
    }
    return first;
  }

 private:
  const policy::Subject& pod(const crds::Labels& labels) {
    const auto [place, is_new] = pods_.try_emplace(labels, subject_);
    if (is_new) place->second.labels = labels;
    return place->second;
  }
  const policy::ImageFacts& image(const NamespaceImage& in) {
    const auto [place, is_new] = images_.try_emplace(in.reference + '\n' + in.digest);
    if (is_new) place->second = image_facts(in.reference, in.digest);
    return place->second;
  }

  const std::shared_ptr<const policy::RuleBook> book_;
  const policy::Subject subject_;
  const policy::ExceptionTerms terms_;
  const base::SystemTime now_;
  std::map<crds::Labels, policy::Subject> pods_;
  std::unordered_map<std::string, policy::ImageFacts> images_;
};

// Each pod that runs the image is judged by its own labels; an image that nobody runs like a pod without labels.
std::span<const crds::Labels> pods_of(const std::vector<crds::Labels>& labels) {
  static const crds::Labels without;
  return labels.empty() ? std::span(&without, 1) : std::span(labels);
}

crds::FindingState state_of(const crds::FindingException& exception, const FindingFacts& row) {
  for (const crds::ExceptedVulnerability& excepted : exception.spec.vulnerabilities) {
    const bool same =
        policy::same_id(excepted.id, row.id) ||
        std::ranges::any_of(row.aliases, [&](const std::string& alias) { return policy::same_id(excepted.id, alias); });
    if (same && excepted.status == crds::ExceptionStatus::kNotAffected) {
      return crds::FindingState::kNotAffected;
    }
  }
  return crds::FindingState::kExcepted;
}

std::string title_of(const policy::Reason& reason) {
  return reason.policy + (reason.rule.empty() ? "" : " rule \"" + reason.rule + "\"");
}

PolicyVerdict verdict_of(const policy::Decision& decision) {
  if (!decision.reasons.empty()) {
    const policy::Reason& first = decision.reasons.front();
    const bool denies = first.verdict == crds::Verdict::kDeny;
    const std::string count =
        first.findings.empty() ? first.detail : std::to_string(first.findings.size()) + " findings";
    return {.status = "False",
            .reason = denies ? "Denied" : "Warned",
            .message = title_of(first) + (denies ? " denies it: " : " warns about it: ") + count};
  }
  if (!decision.audited.empty()) {
    return {.status = "True",
            .reason = "Audited",
            .message = title_of(decision.audited.front()) + " would deny it, but its mode is Audit"};
  }
  if (decision.policies.empty()) {
    return {.status = "True", .reason = "NoPolicy", .message = "no policy is about this namespace"};
  }
  return {.status = "True", .reason = "Passed", .message = "every policy that matches lets it run"};
}

}  // namespace

std::shared_ptr<const policy::RuleBook> NamespaceJudges::book() {
  const std::lock_guard lock(mutex_);
  // Read before the stores: what changes meanwhile makes the next call build it again.
  const std::uint64_t version = version_.load();
  if (book_ && book_version_ == version) {
    return book_;
  }
  auto book = std::make_shared<policy::RuleBook>();
  std::vector<std::shared_ptr<const crds::FindingException>> exceptions;
  for (const auto* store : {&stores_.cluster_policies, &stores_.policies}) {
    for (const auto& [key, policy] : store->list()) {
      book->policies.push_back(policy::compile(*policy));
    }
    for (const auto& [key, error] : store->invalid()) {
      book->unreadable.push_back({.title = key.text(), .ns = key.ns, .error = error});
    }
  }
  for (const auto* store : {&stores_.cluster_exceptions, &stores_.exceptions}) {
    for (const auto& [key, exception] : store->list()) {
      exceptions.push_back(exception);
    }
  }
  book->exceptions = policy::ExceptionIndex(std::move(exceptions));
  book_ = std::move(book);
  book_version_ = version;
  return book_;
}

policy::Subject NamespaceJudges::subject_of(const std::string& ns) const {
  policy::Subject subject{.ns = ns, .namespace_labels = {}, .labels = {}};
  if (const auto labels = stores_.namespaces.get({.ns = {}, .name = ns})) {
    subject.namespace_labels = *labels;
  }
  return subject;
}

policy::FirstSeen NamespaceJudges::first_seen_in(const std::string& ns) const {
  return [this, ns](const FindingFacts& finding) {
    const std::string name =
        crds::finding_name({.id = finding.id, .package_type = finding.package_type, .source_package = finding.package});
    const auto row = stores_.rows.get({.ns = ns, .name = name});
    return row ? base::parse_rfc3339(row->first_seen) : std::nullopt;
  };
}

policy::ExceptionTerms NamespaceJudges::terms_of(const std::string& ns) {
  return strictest_terms(*book(), subject_of(ns));
}

RowJudges NamespaceJudges::judges_of(const std::string& ns) {
  const auto bench = std::make_shared<Bench>(book(), subject_of(ns), clock_.system_now());
  return {.exception_of = [bench](const FindingFacts& row, const NamespaceImage& image) -> std::optional<RowException> {
            const crds::FindingException* exception = nullptr;
            for (const crds::Labels& labels : pods_of(image.labels)) {
              exception = bench->covering(row, image, labels);
              // An exception for some of the pods leaves the finding open in the others.
              if (exception == nullptr) {
                return std::nullopt;
              }
            }
            return RowException{
                .title = exception->title(), .state = state_of(*exception, row), .reason = exception->spec.reason};
          },
          .denied_from =
              [bench](const FindingFacts& row, const NamespaceImage& image, base::SystemTime first_seen) {
                std::optional<base::SystemTime> first;
                for (const crds::Labels& labels : pods_of(image.labels)) {
                  const auto from = bench->denied_from(row, image, labels, first_seen);
                  if (from && bench->covering(row, image, labels) == nullptr)
                    first = std::min(first.value_or(*from), *from);
                }
                return first;
              },
          .next_change = next_end(ns, bench->terms())};
}

PolicyVerdict NamespaceJudges::judge(const crds::ImageScan& scan, const std::vector<PlatformResult>& platforms,
                                     const std::vector<crds::Labels>& labels) {
  const base::SystemTime now = clock_.system_now();
  JudgedImage judged(scan, platforms);
  // This pass has just looked, whatever the last written status says.
  judged.image.tag_resolved_at = now;
  judged.image.scanned_at = now;
  policy::Question question{
      .subject = subject_of(scan.metadata.ns), .images = {judged.image}, .now = now, .database_built_at = now};
  question.first_seen = first_seen_in(scan.metadata.ns);
  std::optional<policy::Decision> strictest;
  for (const crds::Labels& pod : pods_of(labels)) {
    question.subject.labels = pod;
    policy::Decision decision = policy::decide(*book(), question);
    if (!strictest || decision.verdict > strictest->verdict) {
      strictest = std::move(decision);
    }
  }
  return verdict_of(*strictest);
}

std::optional<base::SystemTime> NamespaceJudges::next_end(const std::string& ns,
                                                          const policy::ExceptionTerms& terms) const {
  const base::SystemTime now = clock_.system_now();
  std::optional<base::SystemTime> next;
  const auto look = [&](const crds::FindingException& exception) {
    const std::optional<base::SystemTime> end = policy::end_of(exception, terms);
    if (end && *end > now && (!next || *end < *next)) {
      next = end;
    }
  };
  for (const auto& [key, exception] : stores_.cluster_exceptions.list()) {
    look(*exception);
  }
  for (const auto& [key, exception] : stores_.exceptions.list(ns)) {
    look(*exception);
  }
  return next;
}

}  // namespace pratique_operator::reconcilers

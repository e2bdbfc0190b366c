// What the policies and exceptions of a namespace say of its findings: the bridge from the stores to policy/.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crds/finding_exception.h"
#include "crds/scan_policy.h"
#include "kubernetes/store.h"
#include "operator/reconcilers/finding_rows.h"
#include "operator/reconcilers/image_scan_status.h"
#include "policy/decision.h"

namespace pratique_operator::reconcilers {

// Stores that the rule book is made from. Borrowed.
struct RuleStores {
  const kubernetes::Store<crds::ScanPolicy>& cluster_policies;
  const kubernetes::Store<crds::ScanPolicy>& policies;
  const kubernetes::Store<crds::FindingException>& cluster_exceptions;
  const kubernetes::Store<crds::FindingException>& exceptions;
  const kubernetes::Store<crds::Labels>& namespaces;  // their labels
  const kubernetes::Store<KnownRow>& rows;            // Findings
};

// Thread-safe. The rule book is made again when `version` has changed, which the stores' watches count up.
class NamespaceJudges {
 public:
  NamespaceJudges(RuleStores stores, const std::atomic<std::uint64_t>& version, const base::Clock& clock)
      : stores_(stores), version_(version), clock_(clock) {}

  // The judges hold the rule book and the time of this call.
  [[nodiscard]] RowJudges judges_of(const std::string& ns);
  // `labels` are those of the pods that run it, each judged; the strictest counts. None: a pod without labels.
  [[nodiscard]] PolicyVerdict judge(const crds::ImageScan& scan, const std::vector<PlatformResult>& platforms,
                                    const std::vector<crds::Labels>& labels);
  [[nodiscard]] std::shared_ptr<const policy::RuleBook> book();
  // Of the namespace, without labels of an object.
  [[nodiscard]] policy::Subject subject_of(const std::string& ns) const;
  // When the namespace first saw a finding, as its row says. Borrows the judges.
  [[nodiscard]] policy::FirstSeen first_seen_in(const std::string& ns) const;
  // The strictest words of the cluster's policies about exceptions in this namespace.
  [[nodiscard]] policy::ExceptionTerms terms_of(const std::string& ns);
  [[nodiscard]] const RuleStores& stores() const { return stores_; }

 private:
  [[nodiscard]] std::optional<base::SystemTime> next_end(const std::string& ns,
                                                         const policy::ExceptionTerms& terms) const;

  RuleStores stores_;
  const std::atomic<std::uint64_t>& version_;
  const base::Clock& clock_;
  std::mutex mutex_;
  std::shared_ptr<const policy::RuleBook> book_;  // guarded by mutex_; null: to be made
  std::uint64_t book_version_ = 0;                // guarded by mutex_
};

}  // namespace pratique_operator::reconcilers

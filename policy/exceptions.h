// What is accepted: which findings the exceptions of a namespace and of the cluster take away. Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "crds/finding_exception.h"
#include "crds/scan_policy.h"
#include "policy/facts.h"
#include "policy/vulnerability_id.h"

namespace policy {

// What a policy says about exceptions that apply to it.
struct ExceptionTerms {
  crds::NamespacedExceptions namespaced = crds::NamespacedExceptions::kAllow;
  std::optional<std::chrono::seconds> duration_max;  // from the exception's creation
};

// Whether a vulnerability of this status is excepted. One that is still looked into is not: nobody has accepted it.
[[nodiscard]] bool takes_away(crds::ExceptionStatus status);

// What one finding is asked about. Everything is borrowed.
struct ExceptionQuery {
  const Subject& subject;
  const ImageFacts& image;
  const ManifestFacts& manifest;
  const FindingFacts& finding;
  const ExceptionTerms& terms;
  base::SystemTime now;
};

// All exceptions, found by vulnerability id. Immutable after construction.
class ExceptionIndex {
 public:
  ExceptionIndex() = default;
  explicit ExceptionIndex(std::vector<std::shared_ptr<const crds::FindingException>> exceptions);

  // The exception that covers the finding, or null. Ids and aliases compare without regard to case.
  [[nodiscard]] const crds::FindingException* covering(const ExceptionQuery& query) const;

 private:
  struct Entry {
    std::shared_ptr<const crds::FindingException> exception;
    std::optional<base::SystemTime> expires_at;
    std::optional<base::SystemTime> created_at;
  };
  [[nodiscard]] const crds::FindingException* covering_by(const std::string& id, const ExceptionQuery& query) const;

  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::vector<std::size_t>, IdHash, IdEqual> by_id_;
};

// When the exception ends under these terms; nullopt: never.
[[nodiscard]] std::optional<base::SystemTime> end_of(const crds::FindingException& exception,
                                                     const ExceptionTerms& terms);

}  // namespace policy

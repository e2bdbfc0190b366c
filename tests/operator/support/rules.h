// The stores that judges read, and the judges of them.
#pragma once

#include <atomic>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "operator/reconcilers/namespace_judges.h"
#include "tests/operator/support/memory_api.h"

namespace tests {

inline const kubernetes::ResourceType kNamespaceType{"", "v1", "Namespace", "namespaces", false};

template <typename T>
T decode_object(const nlohmann::json& object) {
  return object.get<T>();
}

class Rules {
 public:
  explicit Rules(const base::Clock& clock)
      : judges_({.cluster_policies = cluster_policies_,
                 .policies = policies_,
                 .cluster_exceptions = cluster_exceptions_,
                 .exceptions = exceptions_,
                 .namespaces = namespaces_,
                 .rows = rows_},
                version_, clock) {}

  // Everything that the API has.
  void feed(MemoryApi& api) {
    api.feed(cluster_policies_, crds::kClusterScanPolicy);
    api.feed(policies_, crds::kScanPolicy);
    api.feed(cluster_exceptions_, crds::kClusterFindingException);
    api.feed(exceptions_, crds::kFindingException);
    api.feed(namespaces_, kNamespaceType);
    api.feed(rows_, crds::kFinding);
    ++version_;
  }
  [[nodiscard]] pratique_operator::reconcilers::NamespaceJudges& judges() { return judges_; }

 private:
  std::atomic<std::uint64_t> version_ = 1;
  kubernetes::Store<crds::ScanPolicy> cluster_policies_{decode_object<crds::ScanPolicy>};
  kubernetes::Store<crds::ScanPolicy> policies_{decode_object<crds::ScanPolicy>};
  kubernetes::Store<crds::FindingException> cluster_exceptions_{decode_object<crds::FindingException>};
  kubernetes::Store<crds::FindingException> exceptions_{decode_object<crds::FindingException>};
  kubernetes::Store<crds::Labels> namespaces_{
      [](const nlohmann::json& object) { return object.at("metadata").value("labels", crds::Labels{}); }};
  kubernetes::Store<pratique_operator::reconcilers::KnownRow> rows_{[](const nlohmann::json& object) {
    return pratique_operator::reconcilers::known_row(object.get<crds::Finding>());
  }};
  pratique_operator::reconcilers::NamespaceJudges judges_;
};

}  // namespace tests

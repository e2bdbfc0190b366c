// Findings that the caps on rows left without one, so that the ImageScans of their images can say so.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/guarded.h"

namespace pratique_operator::reconcilers {

// How many findings without a row each platform manifest has, by digest; manifests with none are not in it.
using LeftOutCounts = std::map<std::string, std::size_t>;

// Written by the FindingReconciler, a namespace at a time; read by the ImageScanReconciler. Thread-safe.
class LeftOutFindings {
 public:
  // What the last pass over `ns` left out: `findings` in all, and those of each manifest. Returns the manifests that
  // had some and have none now, or the other way round.
  std::set<std::string> replace(const std::string& ns, std::size_t findings, LeftOutCounts counts);

  // Of these manifests together, a finding of two counting twice; nullopt while no pass over `ns` is over.
  [[nodiscard]] std::optional<std::size_t> of(const std::string& ns, const std::vector<std::string>& digests) const;

  // Findings of all namespaces.
  [[nodiscard]] std::size_t total() const;

 private:
  struct Namespace {
    std::size_t findings = 0;
    LeftOutCounts counts;
  };
  base::Guarded<std::map<std::string, Namespace>> namespaces_;
};

}  // namespace pratique_operator::reconcilers

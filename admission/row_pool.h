// Findings shared between reports: the same vulnerability in the same package stands in thousands of images, and is
// kept once. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>

#include "base/guarded.h"
#include "policy/facts.h"

namespace admission {

class RowPool {
 public:
  // The pooled equal of `finding`, valid until as many releases as acquisitions.
  [[nodiscard]] const policy::FindingFacts* acquire(policy::FindingFacts finding);
  void release(std::span<const policy::FindingFacts* const> findings);
  [[nodiscard]] std::size_t size() const;

 private:
  struct Hash {
    std::size_t operator()(const policy::FindingFacts& finding) const;
  };
  using Rows = std::unordered_map<policy::FindingFacts, std::uint64_t, Hash>;  // to the number of users
  base::Guarded<Rows> rows_;
};

}  // namespace admission

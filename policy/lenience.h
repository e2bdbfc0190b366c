// What a policy lets pass for now although one of its rules hits it: a finding in a grace of the rule, one that the
// image has which runs there already (ratchet), one that is newer than the run of the same digest (continuity). Pure.
#pragma once

#include <set>
#include <string_view>
#include <tuple>
#include <vector>

#include "policy/decision.h"

namespace policy {

// For one policy and one image of a question; both outlive it.
class Lenience {
 public:
  Lenience(const Policy& policy, const ImageFacts& image, const Question& question);

  [[nodiscard]] bool lets_pass(const Rule& rule, const FindingFacts& finding) const;

 private:
  using FindingKey = std::tuple<std::string_view, std::string_view, std::string_view>;  // id, package type, package

  [[nodiscard]] bool runs_already(const FindingFacts& finding) const;
  [[nodiscard]] bool is_newer_than_run(const FindingFacts& finding) const;

  const Policy& policy_;
  const ImageFacts& image_;
  const Question& question_;
  std::vector<std::set<FindingKey>> running_;  // of each place, where the policy has a ratchet
};

}  // namespace policy

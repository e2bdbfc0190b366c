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

  // The parts of lets_pass(), for whoever asks why.

  // When the grace that lasts now ends; nullopt: none lasts.
  [[nodiscard]] std::optional<base::SystemTime> in_grace_until(const Rule& rule, const FindingFacts& finding) const;
  [[nodiscard]] bool runs_already(const FindingFacts& finding) const;
  // When continuity ends for the finding; nullopt: there is none.
  [[nodiscard]] std::optional<base::SystemTime> runs_on_until(const FindingFacts& finding) const;

 private:
  using FindingKey = std::tuple<std::string_view, std::string_view, std::string_view>;  // id, package type, package

  const Policy& policy_;
  const ImageFacts& image_;
  const Question& question_;
  std::vector<std::set<FindingKey>> running_;  // of each place, where the policy has a ratchet
};

}  // namespace policy

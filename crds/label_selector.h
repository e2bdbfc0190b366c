// metav1.LabelSelector: the struct and its meaning.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace crds {

enum class SelectorOperator { kIn, kNotIn, kExists, kDoesNotExist };

struct LabelRequirement {
  std::string key;
  SelectorOperator op = SelectorOperator::kIn;
  std::vector<std::string> values;
  bool operator==(const LabelRequirement&) const = default;
};

// An empty selector matches everything.
struct LabelSelector {
  std::map<std::string, std::string> match_labels;
  std::vector<LabelRequirement> match_expressions;

  [[nodiscard]] bool empty() const { return match_labels.empty() && match_expressions.empty(); }
  bool operator==(const LabelSelector&) const = default;
};

using Labels = std::map<std::string, std::string>;

// Every label and expression must hold. As in Kubernetes, NotIn also holds where the label is missing.
[[nodiscard]] bool matches(const LabelSelector& selector, const Labels& labels);

}  // namespace crds

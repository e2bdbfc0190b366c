#include "crds/label_selector.h"

#include <algorithm>

namespace crds {
namespace {

bool holds(const LabelRequirement& requirement, const Labels& labels) {
  const auto found = labels.find(requirement.key);
  const bool present = found != labels.end();
  const bool listed = present && std::find(requirement.values.begin(), requirement.values.end(), found->second) !=
                                     requirement.values.end();
  switch (requirement.op) {
    case SelectorOperator::kIn:
      return listed;
    case SelectorOperator::kNotIn:
      return !listed;
    case SelectorOperator::kExists:
      return present;
    case SelectorOperator::kDoesNotExist:
      return !present;
  }
  return false;
}

}  // namespace

bool matches(const LabelSelector& selector, const Labels& labels) {
  const bool all_labels =
      std::all_of(selector.match_labels.begin(), selector.match_labels.end(), [&](const auto& wanted) {
        const auto found = labels.find(wanted.first);
        return found != labels.end() && found->second == wanted.second;
      });
  return all_labels && std::all_of(selector.match_expressions.begin(), selector.match_expressions.end(),
                                   [&](const LabelRequirement& requirement) { return holds(requirement, labels); });
}

}  // namespace crds

// visit_fields() of the types of label_selector.h, for the .cc files of crds/ alone.
#pragma once

#include "crds/json_fields.h"
#include "crds/label_selector.h"

namespace crds {

constexpr std::array<EnumWord<SelectorOperator>, 4> enum_words(SelectorOperator) {
  return {{{SelectorOperator::kIn, "In"},
           {SelectorOperator::kNotIn, "NotIn"},
           {SelectorOperator::kExists, "Exists"},
           {SelectorOperator::kDoesNotExist, "DoesNotExist"}}};
}

template <typename Visitor, MaybeConst<LabelRequirement> C>
void visit_fields(Visitor& visit, C& requirement) {
  visit("key", requirement.key);
  visit("operator", requirement.op);
  visit("values", requirement.values);
}

template <typename Visitor, MaybeConst<LabelSelector> C>
void visit_fields(Visitor& visit, C& selector) {
  visit("matchLabels", selector.match_labels);
  visit("matchExpressions", selector.match_expressions);
}

}  // namespace crds

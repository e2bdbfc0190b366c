// visit_fields() and enum_words() of the types of metadata.h, for the .cc files of crds/ alone.
#pragma once

#include "crds/json_fields.h"
#include "crds/metadata.h"

namespace crds {

constexpr std::array<EnumWord<Severity>, 5> enum_words(Severity) {
  return {{{Severity::kUnknown, "Unknown"},
           {Severity::kLow, "Low"},
           {Severity::kMedium, "Medium"},
           {Severity::kHigh, "High"},
           {Severity::kCritical, "Critical"}}};
}

template <typename Visitor, MaybeConst<OwnerReference> C>
void visit_fields(Visitor& visit, C& owner) {
  visit("apiVersion", owner.api_version);
  visit("kind", owner.kind);
  visit("name", owner.name);
  visit("uid", owner.uid);
  visit("controller", owner.controller);
}

template <typename Visitor, MaybeConst<Metadata> C>
void visit_fields(Visitor& visit, C& metadata) {
  visit("name", metadata.name);
  visit("namespace", metadata.ns);
  visit("uid", metadata.uid);
  visit("resourceVersion", metadata.resource_version);
  visit("generation", metadata.generation);
  visit("creationTimestamp", metadata.creation_timestamp);
  visit("deletionTimestamp", metadata.deletion_timestamp);
  visit("labels", metadata.labels);
  visit("annotations", metadata.annotations);
  visit("ownerReferences", metadata.owner_references);
}

template <typename Visitor, MaybeConst<SeverityCounts> C>
void visit_fields(Visitor& visit, C& counts) {
  visit("critical", counts.critical);
  visit("high", counts.high);
  visit("medium", counts.medium);
  visit("low", counts.low);
  visit("unknown", counts.unknown);
  visit("fixable", counts.fixable);
  visit("exploited", counts.exploited);
  visit("excepted", counts.excepted);
}

}  // namespace crds

// What the change of a status tells a person in `kubectl describe`: the Events. Pure but for tell().
#pragma once

#include <string>
#include <vector>

#include "crds/metadata.h"
#include "kubernetes/event_recorder.h"
#include "kubernetes/resource.h"

namespace pratique_operator::reconcilers {

// The reasons are a closed set: docs/crds/, "Events".
struct Announcement {
  kubernetes::EventSeverity severity = kubernetes::EventSeverity::kNormal;
  std::string reason;
  std::string action;
  std::string note;
  bool operator==(const Announcement&) const = default;
};

using Conditions = std::vector<kubernetes::Condition>;

// Of the conditions that differ between what the API server had and what was written. A condition that stays says
// nothing, so that a reconciler that only looks again tells nothing; one that is Unknown never does.
[[nodiscard]] std::vector<Announcement> announce_scan(const Conditions& before, const Conditions& after);
[[nodiscard]] std::vector<Announcement> announce_registry(const Conditions& before, const Conditions& after);
[[nodiscard]] std::vector<Announcement> announce_provider(const Conditions& before, const Conditions& after);
[[nodiscard]] std::vector<Announcement> announce_vex_source(const Conditions& before, const Conditions& after);
[[nodiscard]] std::vector<Announcement> announce_database(const Conditions& before, const Conditions& after);

// To be called after the status was written: an Event must not tell of what nobody can see yet.
void tell(kubernetes::EventSink& events, const kubernetes::ResourceType& type, const crds::Metadata& object,
          const std::vector<Announcement>& announcements);

}  // namespace pratique_operator::reconcilers

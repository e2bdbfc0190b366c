// Events that were stored lately, so that one that is sent twice, or replayed, asks for one scan. Thread-safe.
#pragma once

#include <deque>
#include <string>
#include <unordered_set>

#include "base/clock.h"
#include "base/guarded.h"
#include "operator/push_events/registry_notification.h"

namespace pratique_operator::push_events {

class StoredEvents {
 public:
  // Whether the sender's event was noted within kReplayWindow. Always false for events without an id.
  [[nodiscard]] bool has(const std::string& sender, const ImageEvent& event, base::SteadyTime now);
  // Once it is stored: an event that could not be is sent again.
  void note(const std::string& sender, const ImageEvent& event, base::SteadyTime now);

 private:
  struct Noted {
    std::string key;
    base::SteadyTime at;
  };
  struct Recent {
    std::deque<Noted> in_order;
    std::unordered_set<std::string> keys;
    void forget_before(base::SteadyTime time);
  };
  base::Guarded<Recent> recent_;
};

}  // namespace pratique_operator::push_events

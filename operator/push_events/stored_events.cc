#include "operator/push_events/stored_events.h"

#include "base/digest.h"
#include "operator/push_events/limits.h"

namespace pratique_operator::push_events {
namespace {

// All that the event says, so that an id that is used twice hides nothing.
std::string key_of(const std::string& sender, const ImageEvent& event) {
  const std::string action = event.action == EventAction::kPush ? "push" : "delete";
  const std::string digest = event.digest ? event.digest->text() : std::string();
  return base::sha256_hex(sender + "\n" + event.id + "\n" + action + "\n" + event.repository + "\n" + event.tag + "\n" +
                          digest);
}

}  // namespace

void StoredEvents::Recent::forget_before(base::SteadyTime time) {
  while (!in_order.empty() && (in_order.front().at < time || in_order.size() > kStoredEventsMax)) {
    keys.erase(in_order.front().key);
    in_order.pop_front();
  }
}

bool StoredEvents::has(const std::string& sender, const ImageEvent& event, base::SteadyTime now) {
  if (event.id.empty()) return false;
  return recent_.with([&](Recent& recent) {
    recent.forget_before(now - kReplayWindow);
    return recent.keys.contains(key_of(sender, event));
  });
}

void StoredEvents::note(const std::string& sender, const ImageEvent& event, base::SteadyTime now) {
  if (event.id.empty()) return;
  recent_.with([&](Recent& recent) {
    const std::string key = key_of(sender, event);
    if (recent.keys.insert(key).second) recent.in_order.push_back({.key = key, .at = now});
    recent.forget_before(now - kReplayWindow);
  });
}

}  // namespace pratique_operator::push_events

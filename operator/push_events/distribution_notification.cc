// The envelope of CNCF distribution: github.com/distribution/distribution, notifications/event.go.
#include "base/error.h"
#include "operator/push_events/notification_readers.h"

namespace pratique_operator::push_events {

using nlohmann::json;

void add_target_event(const json& event, std::string host, Notification& notification) {
  const std::string action = text_at(event, "action");
  const json& target = object_at(event, "target");
  ImageEvent image{.host = std::move(host),
                   .repository = text_at(target, "repository"),
                   .tag = text_at(target, "tag"),
                   .digest = base::Digest::parse(text_at(target, "digest")),
                   .media_type = text_at(target, "mediaType"),
                   .action = action == "delete" ? EventAction::kDelete : EventAction::kPush,
                   .id = event_id(text_at(event, "id"), text_at(event, "timestamp"))};
  // A deletion carries no media type; that of a layer names a digest without a tag and matches no ImageScan.
  const bool counts = action == "delete" || (action == "push" && !image.media_type.empty());
  if (counts) return add(std::move(image), notification);
  ++notification.ignored;
}

void read_distribution(const json& body, const EventMessage& /*message*/, Notification& notification) {
  if (!body.is_object() || !body.contains("events") || !body["events"].is_array()) {
    throw base::ParseError("registry notification: no list \"events\" in it, as distribution registries send");
  }
  const json& events = body["events"];
  check_count(events.size());
  // The host that a pusher used may be one of many names of the registry, so it says nothing.
  for (const json& event : events) add_target_event(event, "", notification);
}

}  // namespace pratique_operator::push_events

// Quay and Docker Hub, which name tags and no digests: they are resolved afterwards.
#include "base/error.h"
#include "operator/push_events/notification_readers.h"

namespace pratique_operator::push_events {

using nlohmann::json;

void read_quay(const json& body, const EventMessage& /*message*/, Notification& notification) {
  const auto tags = body.is_object() ? body.find("updated_tags") : body.end();
  if (text_at(body, "repository").empty()) {
    throw base::ParseError("registry notification: no \"repository\" in it, as Quay's have");
  }
  // Of another of its notifications, or of a push by digest, which names nothing.
  if (tags == body.end() || !(tags->is_array() || tags->is_object())) {
    ++notification.ignored;
    return;
  }
  check_count(tags->size());
  const auto add_tag = [&](const std::string& tag) {
    add({.host = host_of(text_at(body, "docker_url")), .repository = text_at(body, "repository"), .tag = tag},
        notification);
  };
  // A list; in its older form a map from tag to image id.
  for (const auto& [key, value] : tags->items()) {
    add_tag(tags->is_object() ? key : value.is_string() ? value.get<std::string>() : std::string());
  }
}

void read_docker_hub(const json& body, const EventMessage& /*message*/, Notification& notification) {
  const json& push = object_at(body, "push_data");
  if (!push.is_object()) throw base::ParseError("registry notification: no \"push_data\" in it, as Docker Hub's have");
  // "callback_url" is never called: whoever sends the event chooses where it leads.
  add({.host = "docker.io",
       .repository = text_at(object_at(body, "repository"), "repo_name"),
       .tag = text_at(push, "tag")},
      notification);
}

}  // namespace pratique_operator::push_events

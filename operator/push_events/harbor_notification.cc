// Harbor: its own payload and CloudEvents (goharbor/harbor, src/pkg/notifier).
#include "base/error.h"
#include "operator/push_events/notification_readers.h"

namespace pratique_operator::push_events {

using nlohmann::json;

void add_harbor_resources(const json& data, ImageEvent common, Notification& notification) {
  const json& resources = list_at(data, "resources");
  common.repository = text_at(object_at(data, "repository"), "repo_full_name");
  if (resources.empty()) {
    ++notification.ignored;
    return;
  }
  check_count(resources.size());
  for (const json& resource : resources) {
    ImageEvent image = common;
    image.host = host_of(text_at(resource, "resource_url"));
    image.tag = text_at(resource, "tag");
    image.digest = base::Digest::parse(text_at(resource, "digest"));
    // An artifact without a tag has its digest there.
    if (base::Digest::parse(image.tag)) image.tag.clear();
    if (!image.id.empty()) image.id += " " + text_at(resource, "resource_url");
    add(std::move(image), notification);
  }
}

void read_harbor(const json& body, const EventMessage& message, Notification& notification) {
  const std::string type = text_at(body, "type");
  if (type.empty()) throw base::ParseError("registry notification: no \"type\" in it, as Harbor's webhooks have");
  if (body.contains("specversion")) return read_cloud_events(body, message, notification);
  // The second words are those of Harbor 1.
  const bool is_push = type == "PUSH_ARTIFACT" || type == "pushImage";
  if (!is_push && type != "DELETE_ARTIFACT" && type != "deleteImage") {
    ++notification.ignored;
    return;
  }
  add_harbor_resources(object_at(body, "event_data"), {.action = is_push ? EventAction::kPush : EventAction::kDelete},
                       notification);
}

}  // namespace pratique_operator::push_events

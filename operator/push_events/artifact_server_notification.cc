// JFrog Artifactory (webhook domain "docker") and Sonatype Nexus (webhook "repository", components).
#include "base/error.h"
#include "operator/push_events/notification_readers.h"

namespace pratique_operator::push_events {

using nlohmann::json;

void read_jfrog(const json& body, const EventMessage& message, Notification& notification) {
  const json& data = object_at(body, "data");
  const std::string type = text_at(body, "event_type");
  if (type.empty() || !data.is_object()) {
    throw base::ParseError("registry notification: no \"event_type\" and \"data\" in it, as JFrog's webhooks have");
  }
  const std::string file = text_at(data, "name");
  // A push names each file of it; the digest of these two is the image's.
  const bool is_manifest = file.empty() || file == "manifest.json" || file == "list.manifest.json";
  if (text_at(body, "domain") != "docker" || !is_manifest ||
      (type != "pushed" && type != "promoted" && type != "deleted")) {
    ++notification.ignored;
    return;
  }
  const std::string key = text_at(data, "repo_key");
  // A repository is a host of its own, or the first part of the path, as the server is set up.
  const bool is_host = message.server.starts_with(key + ".");
  add({.repository = (is_host ? "" : key + "/") + text_at(data, "image_name"),
       .tag = text_at(data, "tag"),
       .digest = base::Digest::parse("sha256:" + text_at(data, "sha256")),
       .action = type == "deleted" ? EventAction::kDelete : EventAction::kPush},
      notification);
}

void read_nexus(const json& body, const EventMessage& message, Notification& notification) {
  const std::string action = text_at(body, "action");
  if (action.empty()) throw base::ParseError("registry notification: no \"action\" in it, as Nexus' webhooks have");
  const json& component = object_at(body, "component");
  if (text_at(component, "format") != "docker") {
    ++notification.ignored;
    return;
  }
  add({.repository = text_at(component, "name"),
       .tag = text_at(component, "version"),
       .action = action == "DELETED" ? EventAction::kDelete : EventAction::kPush,
       .id = event_id(net::find_header(message.headers, "X-Nexus-Webhook-Delivery").value_or(""),
                      text_at(body, "timestamp"))},
      notification);
}

}  // namespace pratique_operator::push_events

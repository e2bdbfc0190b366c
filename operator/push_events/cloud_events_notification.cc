// CloudEvents 1.0 in structured, batched and binary HTTP form: Harbor's and Azure's types, CDEvents' artifacts, and any
// other whose data names an image.
#include "base/error.h"
#include "base/purl.h"
#include "operator/push_events/notification_readers.h"

namespace pratique_operator::push_events {
namespace {

using nlohmann::json;

bool is_deletion(const std::string& type) {
  return type.ends_with(".deleted") || type.find(".deleted.") != std::string::npos || type.ends_with("Deleted");
}

// {"image": "registry:5000/shop/web:1"}, and the digest where the image has none.
void add_named_image(const json& data, ImageEvent common, Notification& notification) {
  ImageEvent image = split_reference(text_at(data, "image"));
  if (!image.digest) image.digest = base::Digest::parse(text_at(data, "digest"));
  image.action = common.action;
  image.id = std::move(common.id);
  add(std::move(image), notification);
}

// The artifact of a CDEvent is a purl: pkg:oci/web@sha256%3A...?repository_url=registry:5000/shop/web&tag=1.
void add_artifact(const json& data, ImageEvent common, Notification& notification) {
  const std::optional<base::Purl> purl = base::parse_purl(text_at(object_at(data, "subject"), "id"));
  if (!purl || purl->type != "oci") {
    ++notification.ignored;
    return;
  }
  ImageEvent image = split_reference(purl->qualifier("repository_url"));
  image.tag = purl->qualifier("tag");
  image.digest = base::Digest::parse(purl->version);
  image.action = common.action;
  image.id = std::move(common.id);
  add(std::move(image), notification);
}

void read_data(const std::string& type, const json& data, ImageEvent common, Notification& notification) {
  common.action = is_deletion(type) ? EventAction::kDelete : EventAction::kPush;
  if (type == "harbor.artifact.pushed" || type == "harbor.artifact.deleted") {
    return add_harbor_resources(data, std::move(common), notification);
  }
  if (type == "Microsoft.ContainerRegistry.ImagePushed" || type == "Microsoft.ContainerRegistry.ImageDeleted") {
    return add_target_event(data, host_of(text_at(object_at(data, "request"), "host")), notification);
  }
  if (type.starts_with("dev.cdevents.artifact.")) return add_artifact(data, std::move(common), notification);
  const bool is_known = type.starts_with("harbor.") || type.starts_with("dev.cdevents.");
  if (!is_known && !text_at(data, "image").empty()) return add_named_image(data, std::move(common), notification);
  ++notification.ignored;
}

// The id is unique within its source alone.
std::string id_of(const std::string& source, const std::string& id, const std::string& time) {
  return event_id(id.empty() ? id : source + " " + id, time);
}

void read_structured(const json& event, Notification& notification) {
  const std::string type = text_at(event, "type");
  if (text_at(event, "specversion").empty() || type.empty()) {
    throw base::ParseError("registry notification: no \"specversion\" and \"type\" in it, as CloudEvents have");
  }
  read_data(type, object_at(event, "data"),
            {.id = id_of(text_at(event, "source"), text_at(event, "id"), text_at(event, "time"))}, notification);
}

}  // namespace

void read_cloud_events(const json& body, const EventMessage& message, Notification& notification) {
  const auto header = [&](const char* name) { return net::find_header(message.headers, name).value_or(""); };
  const std::string type = header("ce-type");
  if (!type.empty()) {
    const std::string id = id_of(header("ce-source"), header("ce-id"), header("ce-time"));
    return read_data(type, body, {.id = id}, notification);
  }
  if (!body.is_array()) return read_structured(body, notification);
  check_count(body.size());
  for (const json& event : body) read_structured(event, notification);
}

}  // namespace pratique_operator::push_events

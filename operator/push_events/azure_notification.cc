// Azure Container Registry: its webhooks' body, and the same as the data of Event Grid's events.
#include "base/error.h"
#include "operator/push_events/notification_readers.h"

namespace pratique_operator::push_events {
namespace {

using nlohmann::json;

constexpr const char* kValidation = "Microsoft.EventGrid.SubscriptionValidationEvent";

void add_azure_event(const json& event, Notification& notification) {
  add_target_event(event, host_of(text_at(object_at(event, "request"), "host")), notification);
}

void read_grid_event(const json& event, Notification& notification) {
  // "eventType" in Event Grid's own schema, "type" in CloudEvents.
  const std::string type = text_at(event, "eventType") + text_at(event, "type");
  const json& data = object_at(event, "data");
  if (type == kValidation) {
    // By answering with its code; "validationUrl" is never followed, since it may lead anywhere.
    notification.reply = json{{"validationResponse", text_at(data, "validationCode")}}.dump(
        -1, ' ', false, json::error_handler_t::replace);
    return;
  }
  if (type == "Microsoft.ContainerRegistry.ImagePushed" || type == "Microsoft.ContainerRegistry.ImageDeleted") {
    return add_azure_event(data, notification);
  }
  ++notification.ignored;
}

}  // namespace

void read_azure_webhook(const json& body, const EventMessage& /*message*/, Notification& notification) {
  if (text_at(body, "action").empty()) {
    throw base::ParseError("registry notification: no \"action\" in it, as Azure's webhooks have");
  }
  add_azure_event(body, notification);
}

void read_event_grid(const json& body, const EventMessage& /*message*/, Notification& notification) {
  if (body.is_object()) return read_grid_event(body, notification);
  if (!body.is_array())
    throw base::ParseError("registry notification: neither an event nor a list of events of Event Grid");
  check_count(body.size());
  for (const json& event : body) read_grid_event(event, notification);
}

}  // namespace pratique_operator::push_events

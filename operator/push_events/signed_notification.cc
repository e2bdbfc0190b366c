// The minimal JSON that a pipeline signs after it has pushed: docs/push-events.md.
#include "base/error.h"
#include "base/image_reference.h"
#include "operator/push_events/notification_readers.h"

namespace pratique_operator::push_events {

using nlohmann::json;

void read_signed(const json& body, const EventMessage& /*message*/, Notification& notification) {
  const std::string time = text_at(body, "time");
  notification.signed_at = base::parse_rfc3339(time);
  if (!notification.signed_at) {
    throw base::ParseError("registry notification: \"time\" must be the time of sending, as 2026-01-31T08:00:00Z");
  }
  const base::ImageReference image = base::parse_image_reference(text_at(body, "image"));
  const std::string digest = text_at(body, "digest");
  const std::optional<base::Digest> named = base::Digest::parse(digest);
  if (!digest.empty() && !named) {
    throw base::ParseError("registry notification: \"digest\" is not sha256: and 64 hex digits");
  }
  const std::string action = text_at(body, "action");
  if (!action.empty() && action != "push" && action != "delete") {
    throw base::ParseError("registry notification: \"action\" is neither push nor delete");
  }
  add({.host = image.host,
       .repository = image.repository,
       .tag = image.tag,
       .digest = image.digest ? image.digest : named,
       .action = action == "delete" ? EventAction::kDelete : EventAction::kPush,
       .id = event_id(text_at(body, "id"), time)},
      notification);
}

}  // namespace pratique_operator::push_events

// Amazon ECR by EventBridge ("ECR Image Action") and Google Artifact Registry by a Pub/Sub push of its topic "gcr".
#include "base/base64.h"
#include "base/error.h"
#include "net/json.h"
#include "operator/push_events/notification_readers.h"

namespace pratique_operator::push_events {

using nlohmann::json;

void read_ecr(const json& body, const EventMessage& /*message*/, Notification& notification) {
  const json& detail = object_at(body, "detail");
  if (text_at(body, "source") != "aws.ecr" || !detail.is_object()) {
    throw base::ParseError("registry notification: not an event of \"source\": \"aws.ecr\" as EventBridge sends it");
  }
  const std::string action = text_at(detail, "action-type");
  if (text_at(body, "detail-type") != "ECR Image Action" || text_at(detail, "result") != "SUCCESS" ||
      (action != "PUSH" && action != "DELETE")) {
    ++notification.ignored;
    return;
  }
  const std::string region = text_at(body, "region");
  add({.host = text_at(body, "account") + ".dkr.ecr." + region + ".amazonaws.com" +
               (region.starts_with("cn-") ? ".cn" : ""),
       .repository = text_at(detail, "repository-name"),
       .tag = text_at(detail, "image-tag"),
       .digest = base::Digest::parse(text_at(detail, "image-digest")),
       .media_type = text_at(detail, "manifest-media-type"),
       .action = action == "PUSH" ? EventAction::kPush : EventAction::kDelete,
       .id = event_id(text_at(body, "id"), text_at(body, "time"))},
      notification);
}

void read_artifact_registry(const json& body, const EventMessage& /*message*/, Notification& notification) {
  const json& message = object_at(body, "message");
  const std::optional<std::string> data = base::decode_base64(text_at(message, "data"));
  if (!message.is_object() || !data) {
    throw base::ParseError("registry notification: no \"message\" with \"data\" in base64 in it, as Pub/Sub pushes");
  }
  const json event =
      net::parse_json_bounded(*data, "registry notification's data", {.duplicate_keys = net::DuplicateKeys::kLastWins});
  const std::string action = text_at(event, "action");
  const std::string by_digest = text_at(event, "digest");
  const std::string by_tag = text_at(event, "tag");
  if ((action != "INSERT" && action != "DELETE") || (by_digest.empty() && by_tag.empty())) {
    ++notification.ignored;
    return;
  }
  ImageEvent image = split_reference(by_tag.empty() ? by_digest : by_tag);
  image.digest = split_reference(by_digest).digest;
  image.action = action == "INSERT" ? EventAction::kPush : EventAction::kDelete;
  image.id = event_id(text_at(message, "messageId"), text_at(message, "publishTime"));
  add(std::move(image), notification);
}

}  // namespace pratique_operator::push_events

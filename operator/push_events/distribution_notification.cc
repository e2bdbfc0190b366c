// The envelope of CNCF distribution: github.com/distribution/distribution, notifications/event.go.
#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/image_reference.h"
#include "net/json.h"
#include "operator/push_events/limits.h"
#include "operator/push_events/registry_notification.h"

namespace pratique_operator::push_events {
namespace {

using nlohmann::json;

// Layers and configs produce events of their own; these are the types that name an image.
constexpr std::array<std::string_view, 4> kImageTypes = {
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
};

constexpr std::array<std::string_view, 3> kContentTypes = {
    "application/vnd.docker.distribution.events.v1+json",
    "application/vnd.docker.distribution.events.v2+json",
    "application/json",
};

std::string text_at(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The event's repository and tag go into object names and URLs, so the reference grammar judges them here.
bool well_formed(const ImageEvent& event) {
  return base::is_repository(event.repository) && (event.tag.empty() || base::is_tag(event.tag));
}

std::optional<ImageEvent> read_event(const json& event) {
  const std::string action = text_at(event, "action");
  const auto target = event.find("target");
  if ((action != "push" && action != "delete") || target == event.end() || !target->is_object()) {
    return std::nullopt;
  }
  ImageEvent image{.repository = text_at(*target, "repository"),
                   .tag = text_at(*target, "tag"),
                   .digest = base::Digest::parse(text_at(*target, "digest")),
                   .media_type = text_at(*target, "mediaType"),
                   .action = action == "push" ? EventAction::kPush : EventAction::kDelete};
  const bool of_image = std::ranges::find(kImageTypes, image.media_type) != kImageTypes.end();
  // A deletion carries no media type; that of a layer names a digest without a tag and matches no ImageScan.
  const bool counts = of_image || (image.action == EventAction::kDelete && image.media_type.empty());
  if (!counts || (image.tag.empty() && !image.digest) || !well_formed(image)) {
    return std::nullopt;
  }
  return image;
}

}  // namespace

bool is_notification_type(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  type.erase(type.find_last_not_of(" \t") + 1);
  std::ranges::transform(type, type.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::find(kContentTypes, type) != kContentTypes.end();
}

Notification parse_distribution_notification(std::string_view body) {
  if (body.size() > kEventBodyBytesMax) {
    throw base::LimitExceeded("registry notification: larger than 256 KiB");
  }
  // Duplicate keys are let through: a sender that gets a 4xx would send the same body for ever.
  const json document =
      net::parse_json_bounded(body, "registry notification", {.duplicate_keys = net::DuplicateKeys::kLastWins});
  if (!document.is_object()) {
    throw base::ParseError("registry notification: the body is not a JSON object");
  }
  const auto events = document.find("events");
  if (events == document.end() || !events->is_array()) {
    throw base::ParseError("registry notification: no list \"events\" in it, as distribution registries send");
  }
  if (events->size() > kEventsPerBodyMax) {
    throw base::LimitExceeded("registry notification: more than 256 events in one body");
  }
  Notification notification;
  for (const json& event : *events) {
    std::optional<ImageEvent> image = event.is_object() ? read_event(event) : std::nullopt;
    if (image) {
      notification.images.push_back(std::move(*image));
    } else {
      ++notification.ignored;
    }
  }
  return notification;
}

}  // namespace pratique_operator::push_events

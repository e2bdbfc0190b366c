#include "operator/push_events/registry_notification.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/image_reference.h"
#include "net/json.h"
#include "operator/push_events/limits.h"
#include "operator/push_events/notification_readers.h"
#include "registry/attachment_tag.h"

namespace pratique_operator::push_events {
namespace {

using crds::EventFormat;
using nlohmann::json;

// Layers, configs, charts and signatures produce events of their own; these are the types that name an image.
constexpr std::array<std::string_view, 4> kImageTypes = {
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
};

constexpr std::array<std::string_view, 6> kContentTypes = {
    "application/json",
    "application/vnd.docker.distribution.events.v1+json",
    "application/vnd.docker.distribution.events.v2+json",
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "application/vnd.goharbor.event+json",
};

ReadBody* reader_of(EventFormat format) {
  switch (format) {
    case EventFormat::kDistribution:
    case EventFormat::kGitLab:
      return read_distribution;
    case EventFormat::kAzure:
      return read_azure_webhook;
    case EventFormat::kEventGrid:
      return read_event_grid;
    case EventFormat::kHarbor:
      return read_harbor;
    case EventFormat::kQuay:
      return read_quay;
    case EventFormat::kDockerHub:
      return read_docker_hub;
    case EventFormat::kGhcr:
      return read_github_package;
    case EventFormat::kGitea:
      return read_gitea_package;
    case EventFormat::kEcr:
      return read_ecr;
    case EventFormat::kArtifactRegistry:
      return read_artifact_registry;
    case EventFormat::kJFrog:
      return read_jfrog;
    case EventFormat::kNexus:
      return read_nexus;
    case EventFormat::kCloudEvents:
      return read_cloud_events;
    case EventFormat::kSigned:
      return read_signed;
  }
  CHECK(false);
}

void check_content_type(const net::Headers& headers) {
  std::string type = net::find_header(headers, "Content-Type").value_or("");
  type.erase(std::min(type.find(';'), type.size()));
  type.erase(type.find_last_not_of(" \t") + 1);
  if (std::ranges::find(kContentTypes, lower_case(type)) == kContentTypes.end()) {
    throw base::ParseError(
        "registry notification: its Content-Type is not application/json or another that registries send");
  }
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); });
  return lower;
}

std::string event_id(const std::string& id, const std::string& time) {
  return id.empty() || time.empty() ? std::string() : id + " " + time;
}

std::string host_of(std::string_view location) {
  const std::size_t scheme = location.find("://");
  if (scheme != std::string_view::npos) location.remove_prefix(scheme + 3);
  return lower_case(location.substr(0, location.find('/')));
}

ImageEvent split_reference(std::string_view reference) {
  const std::size_t scheme = reference.find("://");
  if (scheme != std::string_view::npos) reference.remove_prefix(scheme + 3);
  ImageEvent event{.host = host_of(reference)};
  reference.remove_prefix(std::min(reference.size(), event.host.size() + 1));
  const std::size_t at = reference.find('@');
  if (at != std::string_view::npos) {
    event.digest = base::Digest::parse(reference.substr(at + 1));
    reference = reference.substr(0, at);
  }
  const std::size_t colon = reference.find(':');
  if (colon != std::string_view::npos) event.tag = reference.substr(colon + 1);
  event.repository = reference.substr(0, colon);
  return event;
}

void check_count(std::size_t entries) {
  if (entries > kEventsPerBodyMax) throw base::LimitExceeded("registry notification: more than 256 events in one body");
}

void add(ImageEvent event, Notification& notification) {
  const bool names_image =
      event.media_type.empty() || std::ranges::find(kImageTypes, event.media_type) != kImageTypes.end();
  // Repository and tag go into object names and URLs, so the reference grammar judges them here.
  const bool well_formed = base::is_repository(event.repository) && (event.tag.empty() || base::is_tag(event.tag));
  if (names_image && well_formed && !registry::is_attachment_tag(event.tag) && (!event.tag.empty() || event.digest)) {
    check_count(notification.images.size() + 1);
    notification.images.push_back(std::move(event));
  } else {
    ++notification.ignored;
  }
}

Notification read_notification(EventFormat format, const EventMessage& message) {
  if (message.body.size() > kEventBodyBytesMax) throw base::LimitExceeded("registry notification: larger than 256 KiB");
  check_content_type(message.headers);
  // Duplicate keys are let through: a sender that gets a 4xx would send the same body for ever.
  const json body =
      net::parse_json_bounded(message.body, "registry notification", {.duplicate_keys = net::DuplicateKeys::kLastWins});
  Notification notification;
  reader_of(format)(body, message, notification);
  return notification;
}

}  // namespace pratique_operator::push_events

// The readers of each sender's format, and what they share. Private to the folder; registry_notification.cc calls them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "net/json.h"
#include "operator/push_events/registry_notification.h"

namespace pratique_operator::push_events {

using net::list_at;
using net::object_at;
using net::text_at;

// Each adds what the body says to the notification. Throws base::ParseError for a body that is not of its format,
// base::LimitExceeded for more entries than kEventsPerBodyMax.
using ReadBody = void(const nlohmann::json& body, const EventMessage& message, Notification& notification);

// CNCF distribution 2.x and 3.x, and GitLab's registry: distribution/distribution, notifications/event.go.
ReadBody read_distribution;
// Azure Container Registry's webhooks, and the same by Event Grid in its own schema and as CloudEvents.
ReadBody read_azure_webhook;
ReadBody read_event_grid;
// Harbor in both forms: goharbor/harbor, src/pkg/notifier.
ReadBody read_harbor;
// Quay and Docker Hub name tags alone.
ReadBody read_quay;
ReadBody read_docker_hub;
// GitHub's events registry_package and package; Gitea's and Forgejo's event package.
ReadBody read_github_package;
ReadBody read_gitea_package;
// Amazon ECR by EventBridge, Google Artifact Registry by a Pub/Sub push.
ReadBody read_ecr;
ReadBody read_artifact_registry;
// JFrog Artifactory, Sonatype Nexus.
ReadBody read_jfrog;
ReadBody read_nexus;
// Any CloudEvent whose data names an image, CDEvents included.
ReadBody read_cloud_events;
// The minimal JSON that a pipeline signs: docs/push-events.md.
ReadBody read_signed;

[[nodiscard]] std::string lower_case(std::string_view text);
// "registry:5000" of "https://registry:5000/shop/web:1" or of the same without a scheme, in lower case.
[[nodiscard]] std::string host_of(std::string_view location);
// An id that one event alone has; empty where either part is.
[[nodiscard]] std::string event_id(const std::string& id, const std::string& time);

// "host/repository[:tag][@digest]" in its parts, which are well-formed if the reference is: add() judges them.
[[nodiscard]] ImageEvent split_reference(std::string_view reference);

// Throws base::LimitExceeded.
void check_count(std::size_t entries);
// Takes the event in if it is about an image: it has a tag or a digest, is well-formed and names no other media type
// than an image's. It is counted as ignored otherwise.
void add(ImageEvent event, Notification& notification);

// One event as distribution and Azure have it: action, target, id, timestamp.
void add_target_event(const nlohmann::json& event, std::string host, Notification& notification);
// The "event_data" or "data" of Harbor.
void add_harbor_resources(const nlohmann::json& data, ImageEvent common, Notification& notification);

}  // namespace pratique_operator::push_events

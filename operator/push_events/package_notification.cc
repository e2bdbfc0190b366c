// The container packages of GitHub (events registry_package and package), Gitea and Forgejo (event package).
#include "base/error.h"
#include "operator/push_events/notification_readers.h"

namespace pratique_operator::push_events {
namespace {

using nlohmann::json;

// Owners may be written in upper case; repositories of images never are.
std::string repository_of(const std::string& owner, const json& package) {
  return lower_case(owner) + "/" + lower_case(text_at(package, "name"));
}

}  // namespace

void read_github_package(const json& body, const EventMessage& message, Notification& notification) {
  if (net::find_header(message.headers, "X-GitHub-Event") == "ping") {
    ++notification.ignored;
    return;
  }
  const json& package =
      body.contains("registry_package") ? object_at(body, "registry_package") : object_at(body, "package");
  if (!package.is_object()) {
    throw base::ParseError(
        "registry notification: no \"registry_package\" in it: choose GitHub's event registry_package");
  }
  const std::string action = text_at(body, "action");
  if (lower_case(text_at(package, "package_type")) != "container" || (action != "published" && action != "updated")) {
    ++notification.ignored;
    return;
  }
  const json& version = object_at(package, "package_version");
  const json& tag = object_at(object_at(version, "container_metadata"), "tag");
  const std::string url = text_at(version, "package_url");
  const std::string ns = text_at(package, "namespace");
  std::optional<base::Digest> digest = base::Digest::parse(text_at(tag, "digest"));
  if (!digest) digest = base::Digest::parse(text_at(version, "version"));
  add({.host = url.empty() ? "ghcr.io" : host_of(url),
       .repository = repository_of(ns.empty() ? text_at(object_at(package, "owner"), "login") : ns, package),
       .tag = text_at(tag, "name"),
       .digest = digest,
       .id = event_id(net::find_header(message.headers, "X-GitHub-Delivery").value_or(""),
                      text_at(version, "updated_at"))},
      notification);
}

void read_gitea_package(const json& body, const EventMessage& /*message*/, Notification& notification) {
  const json& package = object_at(body, "package");
  const std::string action = text_at(body, "action");
  if (action.empty())
    throw base::ParseError("registry notification: no \"action\" in it: choose the event \"Package\"");
  if (text_at(package, "type") != "container" || (action != "created" && action != "deleted")) {
    ++notification.ignored;
    return;
  }
  const json& owner = object_at(package, "owner");
  const std::string login = text_at(owner, "login");
  const std::string version = text_at(package, "version");
  ImageEvent image{.repository = repository_of(login.empty() ? text_at(owner, "username") : login, package),
                   .digest = base::Digest::parse(version),
                   .action = action == "created" ? EventAction::kPush : EventAction::kDelete};
  if (!image.digest) image.tag = version;
  add(std::move(image), notification);
}

}  // namespace pratique_operator::push_events

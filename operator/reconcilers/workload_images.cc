#include "operator/reconcilers/workload_images.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "policy/image_id.h"
#include "policy/workload.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;

// The API server has validated these objects; what is missing reads as null all the same.
const json& at(const json& object, const char* name) {
  static const json nothing;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found == object.end() ? nothing : *found;
}

std::string text_at(const json& object, const char* name) {
  const json& value = at(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (!name.empty() && std::ranges::find(names, name) == names.end()) {
    names.push_back(name);
  }
}

// By list of the spec and container: what the kubelet says that they run.
using Running = std::map<std::pair<policy::ImageList, std::string>, std::string>;

Running running_digests(const json& status) {
  constexpr std::pair<policy::ImageList, const char*> kLists[] = {
      {policy::ImageList::kContainers, "containerStatuses"},
      {policy::ImageList::kInitContainers, "initContainerStatuses"},
      {policy::ImageList::kEphemeralContainers, "ephemeralContainerStatuses"}};
  Running running;
  for (const auto& [list, name] : kLists) {
    for (const json& container : at(status, name)) {
      running[{list, text_at(container, "name")}] = policy::digest_of_image_id(text_at(container, "imageID"));
    }
  }
  return running;
}

void add_images(UsedImages& used, const policy::PodTemplate& pod, const Running& running) {
  for (const policy::ContainerImage& image : pod.images) {
    // An empty image is legal in a template that something else fills in.
    if (image.image.empty()) {
      continue;
    }
    const auto runs = running.find({image.list, image.container});
    used.images.push_back({.container = image.container,
                           .image = image.image,
                           .digest = runs == running.end() ? std::string() : runs->second});
  }
  for (const std::string& name : pod.pull_secrets) {
    add_once(used.pull_secrets, name);
  }
}

// Kinds whose objects are made by the controller of another kind that is watched as well.
bool has_watched_owner(const json& metadata) {
  const json& owners = at(metadata, "ownerReferences");
  return owners.is_array() && std::ranges::any_of(owners, [](const json& owner) {
           const std::string kind = text_at(owner, "kind");
           const json& controller = at(owner, "controller");
           return controller.is_boolean() && controller.get<bool>() &&
                  std::ranges::any_of(workload_types(), [&](const auto& type) { return type.kind == kind; });
         });
}

bool finished(const std::string& kind, const json& object) {
  if (kind == "Pod") {
    const std::string phase = text_at(at(object, "status"), "phase");
    return phase == "Succeeded" || phase == "Failed";
  }
  if (kind == "Job") {
    return at(at(object, "status"), "completionTime").is_string();
  }
  const json& replicas = at(at(object, "spec"), "replicas");
  return kind == "ReplicaSet" && replicas.is_number_integer() && replicas.get<std::int64_t>() == 0;
}

const policy::WorkloadKind& kind_called(const std::string& kind) {
  for (const policy::WorkloadKind& one : policy::kubernetes_workload_kinds().all()) {
    if (one.kind == kind && one.subresource.empty()) {
      return one;
    }
  }
  throw base::ParseError("nothing is known of the images of a " + kind);
}

}  // namespace

const std::vector<kubernetes::ResourceType>& workload_types() {
  static const std::vector<kubernetes::ResourceType> types = [] {
    std::vector<kubernetes::ResourceType> all;
    for (const policy::WorkloadKind& kind : policy::kubernetes_workload_kinds().all()) {
      if (kind.subresource.empty()) {
        all.push_back({kind.group, "v1", kind.kind, kind.resource, true});
      }
    }
    return all;
  }();
  return types;
}

WorkloadImages read_workload(const std::string& kind, const json& object) {
  const kubernetes::ObjectKey key = kubernetes::key_of(object);
  const policy::PodTemplate pod = policy::read_workload(kind_called(kind), object);
  UsedImages used{.labels = pod.labels};
  add_images(used, pod, kind == "Pod" ? running_digests(at(object, "status")) : Running());
  // The kubelet uses the account's only where the pod names none, and nothing is merged.
  if (kind != "Pod" && used.pull_secrets.empty()) {
    used.account = pod.service_account.empty() ? "default" : pod.service_account;
  }
  return {.ns = key.ns,
          .kind = kind,
          .name = key.name,
          .own = !has_watched_owner(at(object, "metadata")),
          .in_use = !finished(kind, object) && !at(at(object, "metadata"), "deletionTimestamp").is_string(),
          .used = std::make_shared<const UsedImages>(std::move(used))};
}

std::vector<std::string> read_account(const json& account) {
  std::vector<std::string> names;
  for (const json& secret : at(account, "imagePullSecrets")) {
    add_once(names, text_at(secret, "name"));
  }
  return names;
}

}  // namespace pratique_operator::reconcilers

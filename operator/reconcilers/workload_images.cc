#include "operator/reconcilers/workload_images.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

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

void add_image(WorkloadImages& workload, const std::string& container, const std::string& image) {
  // An empty image is legal in a template that something else fills in.
  if (!image.empty()) {
    workload.images.push_back({.container = container, .image = image});
  }
}

// Of a pod's or an account's imagePullSecrets, each once.
std::vector<std::string> secret_names(const json& holder) {
  std::vector<std::string> names;
  for (const json& secret : at(holder, "imagePullSecrets")) {
    const std::string name = text_at(secret, "name");
    if (!name.empty() && std::ranges::find(names, name) == names.end()) {
      names.push_back(name);
    }
  }
  return names;
}

void read_pod_spec(WorkloadImages& workload, const json& spec) {
  constexpr std::array<const char*, 3> kLists = {"initContainers", "containers", "ephemeralContainers"};
  for (const char* list : kLists) {
    for (const json& container : at(spec, list)) {
      add_image(workload, text_at(container, "name"), text_at(container, "image"));
    }
  }
  for (const json& volume : at(spec, "volumes")) {
    add_image(workload, text_at(volume, "name"), text_at(at(volume, "image"), "reference"));
  }
  workload.pull_secrets = secret_names(spec);
}

// The kubelet uses the account's only where the pod names none, and nothing is merged.
std::string account_of(const json& spec) {
  const std::string account = text_at(spec, "serviceAccountName");
  return account.empty() ? "default" : account;
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

// What looks like a pod: the pod itself or the template of the workload's pods.
const json& pod_of(const std::string& kind, const json& object) {
  if (kind == "Pod") {
    return object;
  }
  const json& spec = at(object, "spec");
  return at(kind == "CronJob" ? at(at(spec, "jobTemplate"), "spec") : spec, "template");
}

crds::Labels labels_of(const json& pod) {
  crds::Labels labels;
  const json& stored = at(at(pod, "metadata"), "labels");
  for (const auto& [name, value] : stored.items()) {
    labels[name] = value.is_string() ? value.get<std::string>() : "";
  }
  return labels;
}

}  // namespace

const std::vector<kubernetes::ResourceType>& workload_types() {
  static const std::vector<kubernetes::ResourceType> types = {
      {"", "v1", "Pod", "pods", true},
      {"", "v1", "ReplicationController", "replicationcontrollers", true},
      {"apps", "v1", "Deployment", "deployments", true},
      {"apps", "v1", "StatefulSet", "statefulsets", true},
      {"apps", "v1", "DaemonSet", "daemonsets", true},
      {"apps", "v1", "ReplicaSet", "replicasets", true},
      {"batch", "v1", "Job", "jobs", true},
      {"batch", "v1", "CronJob", "cronjobs", true},
  };
  return types;
}

WorkloadImages read_workload(const std::string& kind, const json& object) {
  const kubernetes::ObjectKey key = kubernetes::key_of(object);
  const json& pod = pod_of(kind, object);
  WorkloadImages workload{
      .ns = key.ns, .kind = kind, .name = key.name, .labels = labels_of(pod), .images = {}, .pull_secrets = {}};
  workload.own = !has_watched_owner(at(object, "metadata"));
  workload.in_use = !finished(kind, object) && !at(at(object, "metadata"), "deletionTimestamp").is_string();
  read_pod_spec(workload, at(pod, "spec"));
  if (kind != "Pod" && workload.pull_secrets.empty()) {
    workload.account = account_of(at(pod, "spec"));
  }
  return workload;
}

std::vector<std::string> read_account(const json& account) {
  return secret_names(account);
}

}  // namespace pratique_operator::reconcilers

#include "cli/cluster_objects.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/scan_objects.h"
#include "kubernetes/yaml.h"

namespace cli {
namespace {

using nlohmann::json;

constexpr std::size_t kFileBytesMax = 64 << 20;

std::string text_of(const json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

json& metadata_of(json& object) {
  json& metadata = object["metadata"];
  if (!metadata.is_object()) metadata = json::object();
  return metadata;
}

// As the API server does for an object that is posted.
void complete_metadata(json& object, const std::string& ns, bool namespaced) {
  json& metadata = metadata_of(object);
  if (namespaced && text_of(metadata, "namespace").empty()) metadata["namespace"] = ns;
  if (!namespaced) metadata.erase("namespace");
  if (text_of(metadata, "name").empty()) metadata["name"] = text_of(metadata, "generateName") + "0";
}

void add_listed(json document, std::vector<json>& objects) {
  const bool is_list =
      document.is_object() && text_of(document, "kind").ends_with("List") && document.contains("items");
  if (!is_list) {
    objects.push_back(std::move(document));
    return;
  }
  for (json& item : document["items"]) objects.push_back(std::move(item));
}

json namespace_object(const std::string& name) {
  return {{"apiVersion", "v1"},
          {"kind", "Namespace"},
          {"metadata", {{"name", name}, {"labels", {{"kubernetes.io/metadata.name", name}}}}}};
}

// "Service/web", for a person.
std::string name_of(const json& object) {
  const auto found = object.find("metadata");
  const auto shown = [](const std::string& text) { return text.empty() ? std::string("?") : text; };
  return shown(text_of(object, "kind")) + "/" + shown(found == object.end() ? "" : text_of(*found, "name"));
}

bool is_of(const json& object, const kubernetes::ResourceType& type) {
  return text_of(object, "kind") == type.kind && text_of(object, "apiVersion") == type.api_version();
}

}  // namespace

std::vector<json> read_objects(const std::string& file) {
  std::vector<json> objects;
  for (json& document : kubernetes::parse_yaml(base::read_file(file, kFileBytesMax), base::escape_text(file))) {
    if (!document.is_object()) throw base::ParseError(base::escape_text(file) + ": not a Kubernetes object");
    add_listed(std::move(document), objects);
  }
  return objects;
}

bool is_scan_result(const json& document) {
  return document.is_object() && !document.contains("kind") && document.contains("digest") &&
         document.contains("vulnerabilities");
}

struct ClusterObjects::Parts {
  std::string ns;
  std::vector<kubernetes::ResourceType> kinds;  // that the webhook watches
  std::vector<json> objects;                    // of these
  std::vector<std::pair<std::string, json>> scan_results;
  std::vector<SubjectObject> subjects;
};

ClusterObjects::ClusterObjects(std::string ns) : parts_(std::make_unique<Parts>()) {
  parts_->ns = std::move(ns);
  admission::ClusterView view;
  for (const admission::ClusterView::Watched& watched : view.watched()) parts_->kinds.push_back(watched.type);
}
ClusterObjects::~ClusterObjects() = default;
ClusterObjects::ClusterObjects(ClusterObjects&&) noexcept = default;
ClusterObjects& ClusterObjects::operator=(ClusterObjects&&) noexcept = default;

bool ClusterObjects::add(json object) {
  const policy::WorkloadKind* workload =
      policy::kubernetes_workload_kinds().find_object(text_of(object, "apiVersion"), text_of(object, "kind"));
  if (workload != nullptr) {
    complete_metadata(object, parts_->ns, true);
    const json& metadata = object.at("metadata");
    parts_->subjects.push_back({.kind = workload,
                                .title = workload->kind + "/" + text_of(metadata, "name"),
                                .ns = text_of(metadata, "namespace"),
                                .object = object});
    if (workload->kind == "Pod") add_running_pod(std::move(object));
    return true;
  }
  for (const kubernetes::ResourceType& type : parts_->kinds) {
    if (!is_of(object, type)) continue;
    complete_metadata(object, parts_->ns, type.namespaced);
    parts_->objects.push_back(std::move(object));
    return true;
  }
  return false;
}

void ClusterObjects::add_running_pod(json pod) {
  parts_->objects.push_back(std::move(pod));
}

void ClusterObjects::add_scan_result(const std::string& image, json result) {
  parts_->scan_results.emplace_back(image.empty() ? text_of(result, "image") : image, std::move(result));
}

const std::vector<SubjectObject>& ClusterObjects::subjects() const {
  return parts_->subjects;
}

std::unique_ptr<admission::ClusterView> ClusterObjects::view(base::SystemTime now) const {
  std::vector<json> all = parts_->objects;
  std::set<std::string> namespaces;
  for (const SubjectObject& subject : parts_->subjects) namespaces.insert(subject.ns);
  for (const auto& [image, result] : parts_->scan_results) {
    for (json& object : objects_of_scan(image, result, namespaces, now)) all.push_back(std::move(object));
  }
  for (const json& object : all) {
    if (text_of(object, "kind") == "Namespace") namespaces.erase(text_of(object.at("metadata"), "name"));
  }
  for (const std::string& name : namespaces) all.push_back(namespace_object(name));

  auto view = std::make_unique<admission::ClusterView>();
  for (const admission::ClusterView::Watched& watched : view->watched()) {
    watched.on_event({kubernetes::ObjectEventType::kInit, nullptr});
    for (const json& object : all) {
      if (is_of(object, watched.type)) watched.on_event({kubernetes::ObjectEventType::kInitApply, object});
    }
    watched.on_event({kubernetes::ObjectEventType::kInitDone, nullptr});
  }
  return view;
}

void add_file(const std::string& file, ClusterObjects& objects, const Console& console) {
  for (json& object : read_objects(file)) {
    if (is_scan_result(object)) {
      objects.add_scan_result({}, std::move(object));
      continue;
    }
    const std::string name = name_of(object);
    if (!objects.add(std::move(object))) {
      fmt::print(console.err, "pratique: {}: {} decides nothing and was passed over\n", base::escape_text(file),
                 base::escape_text(name));
    }
  }
}

}  // namespace cli

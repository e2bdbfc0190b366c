#include "policy/workload.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/log.h"
#include "policy/workload_reader.h"

namespace policy {
namespace {

constexpr std::size_t kPathStepsMax = 16;
constexpr std::size_t kConfiguredTextMax = 512;

// nlohmann's document keeps the last of several equal keys.
class JsonValue {
 public:
  explicit JsonValue(const nlohmann::json& value) : value_(&value) {}

  [[nodiscard]] bool is_null() const { return value_->is_null(); }
  [[nodiscard]] std::optional<std::string_view> text() const {
    if (!value_->is_string()) return std::nullopt;
    return value_->get_ref<const std::string&>();
  }
  template <typename Use>
  bool for_each_field(const Use& use) const {
    if (!value_->is_object()) return false;
    for (const auto& [key, value] : value_->items()) use(std::string_view(key), JsonValue(value));
    return true;
  }
  template <typename Use>
  bool for_each_item(const Use& use) const {
    if (!value_->is_array()) return false;
    for (const nlohmann::json& item : *value_) use(JsonValue(item));
    return true;
  }

 private:
  const nlohmann::json* value_;
};

WorkloadKind controller(std::string group, std::string resource, std::string kind,
                        FieldPath path = {"spec", "template"}) {
  return {.group = std::move(group),
          .resource = std::move(resource),
          .subresource = {},
          .kind = std::move(kind),
          .subject = SubjectKind::kController,
          .pod_templates = {std::move(path)},
          .images = {}};
}

WorkloadKind pod(std::string subresource) {
  return {.group = {},
          .resource = "pods",
          .subresource = std::move(subresource),
          .kind = "Pod",
          .subject = SubjectKind::kPod,
          .pod_templates = {FieldPath{}},
          .images = {}};
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw base::ConfigError("\"" + base::escape_text(text, 200) + "\": " + std::string(why) +
                          "; write RESOURCE.GROUP=PATH, such as rollouts.argoproj.io=spec.template or "
                          "tasks.tekton.dev=spec.steps[].image");
}

}  // namespace

std::string place_of(const ContainerImage& image) {
  const std::string name = base::escape_text(image.container, 80);
  if (image.list == ImageList::kOther) return "field " + name;
  struct Words {
    std::string_view thing;
    std::string_view field;
  };
  static constexpr std::array<Words, 4> kWords{{{"container", "containers[].image"},
                                                {"init container", "initContainers[].image"},
                                                {"ephemeral container", "ephemeralContainers[].image"},
                                                {"volume", "volumes[].image.reference"}}};
  const Words& words = kWords.at(static_cast<std::size_t>(image.list));
  return std::string(words.thing) + " \"" + name + "\" (" + std::string(words.field) + ")";
}

FieldPath parse_field_path(std::string_view text) {
  FieldPath path;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t dot = rest.find('.');
    std::string_view name = rest.substr(0, dot);
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    if (dot != std::string_view::npos && rest.empty()) refuse(text, "the path ends with a dot");
    std::size_t lists = 0;
    for (; name.ends_with("[]"); ++lists) name.remove_suffix(2);
    if (!is_name(name)) refuse(text, "a step of the path is no field name");
    path.emplace_back(name);
    path.insert(path.end(), lists, "[]");
  }
  if (path.empty()) refuse(text, "the path is missing");
  if (path.size() > kPathStepsMax) refuse(text, "the path has more than 16 steps");
  return path;
}

std::string field_path_text(const FieldPath& path) {
  std::string text;
  for (const std::string& step : path) {
    if (step != "[]" && !text.empty()) text += ".";
    text += step;
  }
  return text;
}

WorkloadKinds::WorkloadKinds()
    : kinds_({pod(""), pod("ephemeralcontainers"), controller("", "replicationcontrollers", "ReplicationController"),
              controller("apps", "deployments", "Deployment"), controller("apps", "replicasets", "ReplicaSet"),
              controller("apps", "statefulsets", "StatefulSet"), controller("apps", "daemonsets", "DaemonSet"),
              controller("batch", "jobs", "Job"),
              controller("batch", "cronjobs", "CronJob", {"spec", "jobTemplate", "spec", "template"})}) {}

// The kind that the text names, made where it is new; `path` is what follows the equals sign.
WorkloadKind& WorkloadKinds::configured(std::string_view text, std::string_view& path) {
  if (text.size() > kConfiguredTextMax) refuse(text, "it is longer than 512 bytes");
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) refuse(text, "there is no '='");
  const std::string_view name = text.substr(0, equals);
  path = text.substr(equals + 1);
  const std::size_t dot = name.find('.');
  const std::string_view resource = name.substr(0, dot);
  const std::string_view group = dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
  const bool in_lower_case = std::ranges::none_of(name, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!is_name(resource) || !in_lower_case) refuse(text, "the resource is its plural name in lower case");
  for (std::string_view rest = group; !rest.empty();) {
    const std::size_t end = std::min(rest.find('.'), rest.size());
    if (!is_name(rest.substr(0, end)) || end + 1 == rest.size()) refuse(text, "the group is no domain name");
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const auto known = std::ranges::find_if(
      kinds_, [&](const WorkloadKind& kind) { return kind.group == group && kind.resource == resource; });
  if (known == kinds_.end()) {
    return kinds_.emplace_back(WorkloadKind{.group = std::string(group),
                                            .resource = std::string(resource),
                                            .subresource = {},
                                            .kind = {},
                                            .subject = SubjectKind::kController,
                                            .pod_templates = {},
                                            .images = {}});
  }
  if (!known->kind.empty()) refuse(text, "Kubernetes' own kinds are known already");
  return *known;
}

void WorkloadKinds::add_pod_template(std::string_view text) {
  std::string_view path;
  WorkloadKind& kind = configured(text, path);
  kind.pod_templates.push_back(parse_field_path(path));
}

void WorkloadKinds::add_image_field(std::string_view text) {
  std::string_view path;
  WorkloadKind& kind = configured(text, path);
  kind.images.push_back(parse_field_path(path));
}

const WorkloadKind* WorkloadKinds::find(std::string_view group, std::string_view resource,
                                        std::string_view subresource) const {
  const auto found = std::ranges::find_if(kinds_, [&](const WorkloadKind& kind) {
    return kind.group == group && kind.resource == resource && kind.subresource == subresource;
  });
  return found == kinds_.end() ? nullptr : &*found;
}

const WorkloadKind* WorkloadKinds::find_object(std::string_view api_version, std::string_view kind) const {
  const std::size_t slash = api_version.find('/');
  const std::string_view group = slash == std::string_view::npos ? std::string_view() : api_version.substr(0, slash);
  const auto found = std::ranges::find_if(kinds_, [&](const WorkloadKind& one) {
    return one.subresource.empty() && !kind.empty() && one.group == group && one.kind == kind;
  });
  return found == kinds_.end() ? nullptr : &*found;
}

const WorkloadKinds& kubernetes_workload_kinds() {
  static const WorkloadKinds kinds;
  return kinds;
}

PodTemplate read_workload(const WorkloadKind& kind, const nlohmann::json& object) {
  return read_workload_view(kind, JsonValue(object));
}

std::vector<ContainerImage> images_to_judge(const PodTemplate& now, const PodTemplate* before) {
  if (before == nullptr) return now.images;
  std::vector<ContainerImage> known = before->images;
  std::sort(known.begin(), known.end());
  std::vector<ContainerImage> changed;
  std::copy_if(now.images.begin(), now.images.end(), std::back_inserter(changed),
               [&](const ContainerImage& image) { return !std::binary_search(known.begin(), known.end(), image); });
  return changed;
}

}  // namespace policy

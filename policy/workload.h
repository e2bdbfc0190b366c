// Which fields of which kinds carry images: one table, written from the Kubernetes API's schema, and what is read of an
// object by it. Kinds of others (an Argo Rollout, a Tekton Task) are added by configuration.
#pragma once

#include <compare>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "crds/label_selector.h"
#include "policy/facts.h"

namespace policy {

enum class ImageList : std::uint8_t { kContainers, kInitContainers, kEphemeralContainers, kVolumes, kOther };

// One image field of an object. `container` is the container's or the volume's name; of kOther the path of the field.
struct ContainerImage {
  ImageList list = ImageList::kContainers;
  std::string container;
  std::string image;  // as written; may be empty in a template
  auto operator<=>(const ContainerImage&) const = default;
};
// Where the image stands, for a person: `container "web" (containers[].image)`. The name is escaped.
[[nodiscard]] std::string place_of(const ContainerImage& image);

// What is read of a pod or of a pod template. Of several templates in one object: the images and pull secrets of all,
// the labels, annotations and node selector that all have.
struct PodTemplate {
  crds::Labels labels = {};
  Annotations annotations = {};
  std::vector<ContainerImage> images = {};
  std::string service_account = {};
  std::vector<std::string> pull_secrets = {};
  crds::Labels node_selector = {};
  std::string owner_kind = {};  // of a pod with one owner: "ReplicaSet"
  std::string owner_name = {};
  std::string name = {};  // of a pod; a template has none
  std::string uid = {};
};

// The names of fields on the way from an object to something in it; "[]" stands for each item of a list.
using FieldPath = std::vector<std::string>;
// "spec.steps[].image". Throws base::ConfigError where it is not a path of at most 16 steps.
[[nodiscard]] FieldPath parse_field_path(std::string_view text);
[[nodiscard]] std::string field_path_text(const FieldPath& path);

// A kind that carries images, as the API server names it.
struct WorkloadKind {
  std::string group;
  std::string resource;
  std::string subresource;
  std::string kind;  // "Deployment"; empty for a configured kind, which is named by its resource alone
  SubjectKind subject = SubjectKind::kController;
  std::vector<FieldPath> pod_templates;  // to what has a pod's `metadata` and `spec`; an empty path: the object itself
  std::vector<FieldPath> images;         // to texts that are images
};

class WorkloadKinds {
 public:
  // Those of Kubernetes itself.
  WorkloadKinds();

  // "rollouts.argoproj.io=spec.template" and "tasks.tekton.dev=spec.steps[].image". The same resource may be given
  // several times. Throws base::ConfigError that says what is wrong and how it is written.
  void add_pod_template(std::string_view text);
  void add_image_field(std::string_view text);

  // Null when the resource carries no images that we know of.
  [[nodiscard]] const WorkloadKind* find(std::string_view group, std::string_view resource,
                                         std::string_view subresource) const;
  // By the apiVersion ("apps/v1", "v1") and kind of an object; only Kubernetes' own.
  [[nodiscard]] const WorkloadKind* find_object(std::string_view api_version, std::string_view kind) const;
  [[nodiscard]] const std::vector<WorkloadKind>& all() const { return kinds_; }

 private:
  WorkloadKind& configured(std::string_view text, std::string_view& path);
  std::vector<WorkloadKind> kinds_;
};
[[nodiscard]] const WorkloadKinds& kubernetes_workload_kinds();

// Where a pod's spec names images: list of the spec, and the path inside each of its items.
struct ImageField {
  ImageList list;
  std::string_view list_name;
  std::string_view field;
  std::string_view nested_field;  // empty: `field` is the image itself
};
inline constexpr ImageField kImageFields[] = {
    {ImageList::kContainers, "containers", "image", ""},
    {ImageList::kInitContainers, "initContainers", "image", ""},
    {ImageList::kEphemeralContainers, "ephemeralContainers", "image", ""},
    {ImageList::kVolumes, "volumes", "image", "reference"},
};

// Throws base::ParseError for a field of a wrong type. For other JSON libraries: policy/workload_reader.h.
[[nodiscard]] PodTemplate read_workload(const WorkloadKind& kind, const nlohmann::json& object);

// What of `now` is new or changed: the fields whose list, container and image are not in `before`; all of them when
// there is no `before`. A running pod can thereby always be labelled, patched and deleted.
[[nodiscard]] std::vector<ContainerImage> images_to_judge(const PodTemplate& now, const PodTemplate* before);

}  // namespace policy

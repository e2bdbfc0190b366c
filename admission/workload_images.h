// Which fields of which kinds carry images: one table, written from the Kubernetes API's schema.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "crds/label_selector.h"
#include "policy/facts.h"

namespace admission {

enum class ImageList : std::uint8_t { kContainers, kInitContainers, kEphemeralContainers, kVolumes };

// One image field of a pod or pod template. `container` is the container's or the volume's name.
struct ContainerImage {
  ImageList list = ImageList::kContainers;
  std::string container;
  std::string image;
  auto operator<=>(const ContainerImage&) const = default;
};

// What the webhook reads of a pod or of a pod template.
struct PodTemplate {
  crds::Labels labels = {};
  std::vector<ContainerImage> images = {};
  std::string service_account = {};
  std::vector<std::string> pull_secrets = {};
  crds::Labels node_selector = {};
};

// A kind that carries images, as an AdmissionReview names it.
struct WorkloadKind {
  std::string_view group;
  std::string_view resource;
  std::string_view subresource;
  policy::SubjectKind subject;
  // The fields from the object to what has the pod's `metadata` and `spec`; empty strings at the end are unused.
  std::array<std::string_view, 4> template_path;
};

// Where a pod's spec names images: list of the spec, and the path inside each of its items.
struct ImageField {
  ImageList list;
  std::string_view list_name;
  std::array<std::string_view, 2> image_path;
};
inline constexpr std::array<ImageField, 4> kImageFields{{
    {ImageList::kContainers, "containers", {"image", ""}},
    {ImageList::kInitContainers, "initContainers", {"image", ""}},
    {ImageList::kEphemeralContainers, "ephemeralContainers", {"image", ""}},
    {ImageList::kVolumes, "volumes", {"image", "reference"}},
}};

// Null when the resource carries no images that we know of.
[[nodiscard]] const WorkloadKind* find_workload_kind(std::string_view group, std::string_view resource,
                                                     std::string_view subresource);

// What of `now` is new or changed: the fields whose list, container and image are not in `before`; all of them when
// there is no `before`. A running pod can thereby always be labelled, patched and deleted.
[[nodiscard]] std::vector<ContainerImage> images_to_judge(const PodTemplate& now, const PodTemplate* before);

}  // namespace admission

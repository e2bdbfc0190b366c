// What a pod or the template of a workload says of its images: the slim form in which the operator keeps workloads.
#pragma once

#include <compare>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "crds/label_selector.h"
#include "kubernetes/resource.h"

namespace pratique_operator::reconcilers {

struct ContainerImage {
  std::string container;  // for an image volume: the volume's name
  std::string image;      // as written
  std::string digest;     // what a pod's container runs, as its kubelet tells; empty: not known
  auto operator<=>(const ContainerImage&) const = default;
};

// What the pods of one template have in common.
struct UsedImages {
  crds::Labels labels = {};  // of the pod or of the pod template
  std::vector<ContainerImage> images = {};
  std::vector<std::string> pull_secrets = {};  // names
  // Whose pull secrets count where a template names none; empty for pods, which the API server has filled in.
  std::string account = {};
  auto operator<=>(const UsedImages&) const = default;
};

struct WorkloadImages {
  std::string ns;
  std::string kind;  // "Pod", "Deployment"
  std::string name;
  // Whether it counts as a workload of its own: not made by another workload's controller, which is listed itself.
  bool own = true;
  // Whether it runs or will run: a finished pod and a ReplicaSet of no replicas use nothing.
  bool in_use = true;
  std::shared_ptr<const UsedImages> used;  // never null; shared by those that use the same

  bool operator==(const WorkloadImages& other) const {
    return ns == other.ns && kind == other.kind && name == other.name && own == other.own && in_use == other.in_use &&
           (used == other.used || *used == *other.used);
  }
};

// Kinds that are watched for images.
[[nodiscard]] const std::vector<kubernetes::ResourceType>& workload_types();

// Names of an account's pull secrets: of a core/v1 ServiceAccount.
[[nodiscard]] std::vector<std::string> read_account(const nlohmann::json& account);

// Reads an object of `kind` by the table of policy/workload.h. Throws base::ParseError when it has no name, and for a
// field of a type that the API server would not have let through.
[[nodiscard]] WorkloadImages read_workload(const std::string& kind, const nlohmann::json& object);

}  // namespace pratique_operator::reconcilers

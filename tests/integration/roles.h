// ClusterRoles as lists of rights, so that a test can take one away.
#pragma once

#include <compare>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kubernetes/resource.h"

namespace tests {

inline const kubernetes::ResourceType kClusterRole{"rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles",
                                                   false};

struct Right {
  std::string resource;  // "imagescans/status"
  std::string verb;
  [[nodiscard]] std::string text() const { return verb + " " + resource; }
  // How the API server says that it is missing, as a log quotes it.
  [[nodiscard]] std::string refusal() const { return "cannot " + verb + R"( resource \")" + resource + R"(\")"; }
  auto operator<=>(const Right&) const = default;
};

[[nodiscard]] std::vector<Right> rights_of(const nlohmann::json& role);
// The role without this right; whatever else it grants stays.
[[nodiscard]] nlohmann::json without(nlohmann::json role, const Right& right);

}  // namespace tests

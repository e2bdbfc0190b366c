// ClusterRoles and Roles as lists of rights, so that a test can take one away.
#pragma once

#include <compare>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kubernetes/resource.h"

namespace tests {

inline const kubernetes::ResourceType kClusterRole{"rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles",
                                                   false};
inline const kubernetes::ResourceType kRole{"rbac.authorization.k8s.io", "v1", "Role", "roles", true};

struct Right {
  std::string resource;  // "imagescans/status"
  std::string verb;
  std::string name = {};  // of the one object that it is about; empty: of all
  [[nodiscard]] std::string text() const { return verb + " " + resource + (name.empty() ? "" : " " + name); }
  // How the API server says that it is missing, as a log quotes it; the name stands before that.
  [[nodiscard]] std::string refusal() const { return "cannot " + verb + R"( resource \")" + resource + R"(\")"; }
  // Whether a line of the log says so.
  [[nodiscard]] bool is_missing_by(const std::string& log) const;
  auto operator<=>(const Right&) const = default;
};

[[nodiscard]] std::vector<Right> rights_of(const nlohmann::json& role);
// The role without this right; whatever else it grants stays.
[[nodiscard]] nlohmann::json without(nlohmann::json role, const Right& right);

}  // namespace tests

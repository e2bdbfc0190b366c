#include "tests/integration/roles.h"

#include <algorithm>

namespace tests {

using nlohmann::json;

std::vector<Right> rights_of(const json& role) {
  std::vector<Right> rights;
  for (const json& rule : role.at("rules")) {
    for (const json& resource : rule.at("resources")) {
      for (const json& verb : rule.at("verbs"))
        rights.push_back({resource.get<std::string>(), verb.get<std::string>()});
    }
  }
  return rights;
}

json without(json role, const Right& right) {
  json rules = json::array();
  for (json& rule : role.at("rules")) {
    json& resources = rule.at("resources");
    const auto found = std::ranges::find(resources, json(right.resource));
    if (found != resources.end()) {
      json alone = rule;
      resources.erase(found);
      alone["resources"] = json::array({right.resource});
      json& verbs = alone.at("verbs");
      verbs.erase(std::remove(verbs.begin(), verbs.end(), json(right.verb)), verbs.end());
      if (!verbs.empty()) rules.push_back(std::move(alone));
    }
    if (!resources.empty()) rules.push_back(std::move(rule));
  }
  role["rules"] = std::move(rules);
  return role;
}

}  // namespace tests

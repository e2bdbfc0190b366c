#include "tests/integration/roles.h"

#include <algorithm>
#include <sstream>

namespace tests {

using nlohmann::json;

namespace {

// Empty alone: of all.
std::vector<std::string> names_of(const json& rule) {
  return rule.contains("resourceNames") ? rule.at("resourceNames").get<std::vector<std::string>>()
                                        : std::vector<std::string>{""};
}

}  // namespace

std::vector<Right> rights_of(const json& role) {
  std::vector<Right> rights;
  for (const json& rule : role.at("rules")) {
    for (const json& resource : rule.at("resources")) {
      for (const std::string& name : names_of(rule)) {
        for (const json& verb : rule.at("verbs")) {
          rights.push_back({.resource = resource.get<std::string>(), .verb = verb.get<std::string>(), .name = name});
        }
      }
    }
  }
  return rights;
}

// Each resource and each name gets a rule of its own.
json without(json role, const Right& right) {
  json rules = json::array();
  for (const json& rule : role.at("rules")) {
    for (const json& resource : rule.at("resources")) {
      for (const std::string& name : names_of(rule)) {
        json verbs = rule.at("verbs");
        if (resource == json(right.resource) && name == right.name) {
          verbs.erase(std::remove(verbs.begin(), verbs.end(), json(right.verb)), verbs.end());
        }
        if (verbs.empty()) continue;
        json alone = {{"apiGroups", rule.at("apiGroups")}, {"resources", json::array({resource})}, {"verbs", verbs}};
        if (!name.empty()) alone["resourceNames"] = json::array({name});
        rules.push_back(std::move(alone));
      }
    }
  }
  role["rules"] = std::move(rules);
  return role;
}

bool Right::is_missing_by(const std::string& log) const {
  std::istringstream lines(log);
  const std::string of_name = R"(\")" + name + R"(\" is forbidden)";
  for (std::string line; std::getline(lines, line);) {
    const bool is_refusal = line.find(refusal()) != std::string::npos;
    if (is_refusal && (name.empty() || line.find(of_name) != std::string::npos)) return true;
  }
  return false;
}

}  // namespace tests

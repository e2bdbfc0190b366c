#include "kubernetes/resource.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "net/http.h"

namespace kubernetes {
namespace {

// metadata.<field> as text, or empty.
std::string metadata_text(const nlohmann::json& object, const char* field) {
  if (!object.is_object()) return {};
  const auto metadata = object.find("metadata");
  if (metadata == object.end() || !metadata->is_object()) return {};
  const auto value = metadata->find(field);
  if (value == metadata->end() || !value->is_string()) return {};
  return value->get<std::string>();
}

// A member as text; absent and null are empty.
std::string text_member(const nlohmann::json& json, const char* name) {
  const auto member = json.find(name);
  if (member == json.end() || member->is_null()) return {};
  if (!member->is_string()) throw base::ParseError(std::string("condition: ") + name + " is not a string");
  return member->get<std::string>();
}

}  // namespace

std::string ResourceType::path(std::string_view ns, std::string_view name, std::string_view subresource) const {
  std::string path = group.empty() ? "/api/" + version : "/apis/" + group + "/" + version;
  if (namespaced && !ns.empty()) path += "/namespaces/" + net::percent_encode(ns);
  path += "/" + plural;
  if (!name.empty()) path += "/" + net::percent_encode(name);
  if (!subresource.empty()) path += "/" + std::string(subresource);
  return path;
}

ObjectKey key_of(const nlohmann::json& object) {
  ObjectKey key{.ns = metadata_text(object, "namespace"), .name = metadata_text(object, "name")};
  if (key.name.empty()) throw base::ParseError("object from the API server has no metadata.name");
  return key;
}

std::string resource_version_of(const nlohmann::json& object) {
  return metadata_text(object, "resourceVersion");
}

std::size_t content_hash_of(const nlohmann::json& object) {
  constexpr std::size_t kFactor = 0x9e3779b97f4a7c15;  // of Fibonacci hashing
  std::size_t hash = 0;
  for (const auto& [name, value] : object.items()) {
    if (name == "apiVersion" || name == "kind") continue;
    hash = (hash ^ std::hash<std::string>{}(name)) * kFactor;
    hash = (hash ^ std::hash<nlohmann::json>{}(value)) * kFactor;
  }
  return hash;
}

bool is_older_version(std::string_view version, std::string_view other) {
  const auto is_number = [](std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (!is_number(version) || !is_number(other)) return false;
  // As numbers of any length: without their leading zeros, the longer is the greater.
  const auto significant = [](std::string_view text) {
    return text.substr(std::min(text.find_first_not_of('0'), text.size()));
  };
  version = significant(version);
  other = significant(other);
  return version.size() != other.size() ? version.size() < other.size() : version < other;
}

const Condition* find_condition(const std::vector<Condition>& conditions, std::string_view type) {
  for (const Condition& condition : conditions) {
    if (condition.type == type) return &condition;
  }
  return nullptr;
}

void set_condition(std::vector<Condition>& conditions, Condition next, std::string_view now) {
  next.last_transition_time = std::string(now);
  for (Condition& condition : conditions) {
    if (condition.type != next.type) continue;
    if (condition.status == next.status && !condition.last_transition_time.empty()) {
      next.last_transition_time = condition.last_transition_time;
    }
    condition = std::move(next);
    return;
  }
  conditions.push_back(std::move(next));
}

void to_json(nlohmann::json& json, const Condition& condition) {
  json = {{"type", condition.type},
          {"status", condition.status},
          {"reason", condition.reason},
          {"message", condition.message},
          {"lastTransitionTime", condition.last_transition_time},
          {"observedGeneration", condition.observed_generation}};
}

void from_json(const nlohmann::json& json, Condition& condition) {
  if (!json.is_object()) throw base::ParseError("condition: not an object");
  condition.type = text_member(json, "type");
  condition.status = text_member(json, "status");
  condition.reason = text_member(json, "reason");
  condition.message = text_member(json, "message");
  condition.last_transition_time = text_member(json, "lastTransitionTime");
  const auto generation = json.find("observedGeneration");
  const bool numbered = generation != json.end() && generation->is_number_integer();
  condition.observed_generation = numbered ? generation->get<std::int64_t>() : 0;
}

}  // namespace kubernetes

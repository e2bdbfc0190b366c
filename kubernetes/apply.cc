#include "kubernetes/apply.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace kubernetes {
namespace {

using nlohmann::json;

constexpr std::string_view kConditions = "conditions";

const json& member(const json& object, const std::string& name) {
  static const json kNone;
  if (!object.is_object()) return kNone;
  const auto found = object.find(name);
  return found == object.end() ? kNone : *found;
}

bool is_nothing(const json& value) {
  const bool may_be_empty = value.is_null() || value.is_structured() || value.is_string();
  return may_be_empty && (value.is_string() ? value.get_ref<const std::string&>().empty() : value.empty());
}

bool has_fields(const json& object, const json& wanted);

bool has_conditions(const json& conditions, const json& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const json& one) {
    const auto is_it = [&](const json& other) { return member(other, "type") == member(one, "type"); };
    const auto found = std::find_if(conditions.begin(), conditions.end(), is_it);
    return found != conditions.end() && has_fields(*found, one);
  });
}

bool has_value(const std::string& name, const json& value, const json& wanted) {
  if (is_nothing(wanted)) return is_nothing(value);
  if (wanted.is_object()) return has_fields(value, wanted);
  if (name == kConditions && wanted.is_array() && value.is_array()) return has_conditions(value, wanted);
  return value == wanted;
}

bool has_fields(const json& object, const json& wanted) {
  for (const auto& [name, field] : wanted.items()) {
    if (!has_value(name, member(object, name), field)) return false;
  }
  return true;
}

// Without what only names the object.
json content_of(json object) {
  for (const char* name : {"apiVersion", "kind"}) object.erase(name);
  const auto metadata = object.find("metadata");
  if (metadata == object.end()) return object;
  for (const char* name : {"name", "namespace"}) metadata->erase(name);
  if (metadata->empty()) object.erase(metadata);
  return object;
}

json without_nulls(const json& value) {
  if (!value.is_object()) return value;
  json kept = json::object();
  for (const auto& [name, field] : value.items()) {
    if (!field.is_null()) kept[name] = without_nulls(field);
  }
  return kept;
}

}  // namespace

bool says(const json& object, const json& wanted) {
  return has_fields(object, content_of(wanted));
}

Applied apply_if_changed(ApiClient& client, const ResourceType& type, const json& known, const json& wanted,
                         const ApplyOptions& options) {
  if (!known.is_null() && says(known, wanted)) return Applied::kNothing;
  client.apply(type, without_nulls(wanted), options);
  return Applied::kWritten;
}

}  // namespace kubernetes

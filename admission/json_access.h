// Reading of what the API server has stored, where a field may be absent or odd: then it is empty.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "crds/label_selector.h"

namespace admission {

// An empty object where there is no such field.
[[nodiscard]] inline const nlohmann::json& field_of(const nlohmann::json& object, const char* name) {
  static const nlohmann::json kNone = nlohmann::json::object();
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() ? *found : kNone;
}

[[nodiscard]] inline std::string text_of(const nlohmann::json& object, const char* name) {
  const nlohmann::json& field = field_of(object, name);
  return field.is_string() ? field.get<std::string>() : std::string();
}

// metadata.labels.
[[nodiscard]] inline crds::Labels labels_of(const nlohmann::json& object) {
  crds::Labels labels;
  for (const auto& [name, value] : field_of(field_of(object, "metadata"), "labels").items()) {
    if (value.is_string()) labels[name] = value.get<std::string>();
  }
  return labels;
}

}  // namespace admission

#include "crds/json_fields.h"

namespace crds {

void wrong_type(const std::string& path, std::string_view wanted, const nlohmann::json& got) {
  throw base::ParseError((path.empty() ? "object" : path) + ": expected " + std::string(wanted) + ", found " +
                         got.type_name());
}

FieldReader::FieldReader(const nlohmann::json& object, std::string path) : object_(object), path_(std::move(path)) {
  if (!object.is_object()) wrong_type(path_, "an object", object);
}

void FieldReader::read(const nlohmann::json& json, const std::string& path, std::string& value) {
  if (!json.is_string()) wrong_type(path, "a string", json);
  value = json.get_ref<const std::string&>();
}

void FieldReader::read(const nlohmann::json& json, const std::string& path, bool& value) {
  if (!json.is_boolean()) wrong_type(path, "true or false", json);
  value = json.get<bool>();
}

void FieldReader::read(const nlohmann::json& json, const std::string& path, double& value) {
  if (!json.is_number()) wrong_type(path, "a number", json);
  value = json.get<double>();
}

void FieldReader::read(const nlohmann::json& json, const std::string& path, std::int64_t& value) {
  const bool in_range = json.is_number_unsigned() ? json.get<std::uint64_t>() <= INT64_MAX : json.is_number_integer();
  if (!in_range) wrong_type(path, "a whole number", json);
  value = json.get<std::int64_t>();
}

void FieldReader::read(const nlohmann::json& json, const std::string& path,
                       std::map<std::string, std::string>& values) {
  if (!json.is_object()) wrong_type(path, "an object", json);
  values.clear();
  for (const auto& [name, item] : json.items()) read(item, path + "." + name, values[name]);
}

}  // namespace crds

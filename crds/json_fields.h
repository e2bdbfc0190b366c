// How the structs of this folder become JSON and back: each struct lists its fields once, in a visit_fields() that both
// FieldReader and FieldWriter walk. For the .cc files of crds/ alone.
//
// Reading is tolerant where the API may grow (unknown fields are ignored; absent and null fields keep the struct's
// default) and strict where it may not (a field of the wrong type, or an unknown word of an enumeration, is a
// base::ParseError that names the field's path). Writing leaves out empty strings, lists, maps and unset optionals.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "kubernetes/resource.h"

namespace crds {

// T or const T: lets one visit_fields() serve both directions.
template <typename C, typename T>
concept MaybeConst = std::same_as<std::remove_const_t<C>, T>;

template <typename Visitor, MaybeConst<kubernetes::Condition> C>
void visit_fields(Visitor& visit, C& condition) {
  visit("type", condition.type);
  visit("status", condition.status);
  visit("reason", condition.reason);
  visit("message", condition.message);
  visit("lastTransitionTime", condition.last_transition_time);
  visit("observedGeneration", condition.observed_generation);
}

// An enumeration says its words by an overload enum_words(E), found by ADL.
template <typename E>
using EnumWord = std::pair<E, std::string_view>;

[[noreturn]] void wrong_type(const std::string& path, std::string_view wanted, const nlohmann::json& got);

class FieldReader {
 public:
  // Throws base::ParseError unless `object` is an object.
  FieldReader(const nlohmann::json& object, std::string path);

  template <typename T>
  void operator()(const char* name, T& value) const {
    const auto found = object_.find(name);
    if (found == object_.end() || found->is_null()) return;
    read(*found, path_.empty() ? name : path_ + "." + name, value);
  }

 private:
  static void read(const nlohmann::json& json, const std::string& path, std::string& value);
  static void read(const nlohmann::json& json, const std::string& path, bool& value);
  static void read(const nlohmann::json& json, const std::string& path, double& value);
  static void read(const nlohmann::json& json, const std::string& path, std::int64_t& value);

  template <typename T>
  static void read(const nlohmann::json& json, const std::string& path, std::optional<T>& value) {
    read(json, path, value.emplace());
  }

  template <typename T>
  static void read(const nlohmann::json& json, const std::string& path, std::vector<T>& values) {
    if (!json.is_array()) wrong_type(path, "a list", json);
    values.clear();
    values.reserve(json.size());
    for (const nlohmann::json& item : json) {
      const std::string item_path = path + "[" + std::to_string(values.size()) + "]";
      read(item, item_path, values.emplace_back());
    }
  }

  static void read(const nlohmann::json& json, const std::string& path, std::map<std::string, std::string>& values);

  template <typename E>
    requires std::is_enum_v<E>
  static void read(const nlohmann::json& json, const std::string& path, E& value) {
    std::string word;
    read(json, path, word);
    for (const auto& [candidate, name] : enum_words(E{})) {
      if (name == word) {
        value = candidate;
        return;
      }
    }
    throw base::ParseError(path + ": \"" + word.substr(0, 64) + "\" is not a word that is known here");
  }

  template <typename T>
    requires std::is_class_v<T>
  static void read(const nlohmann::json& json, const std::string& path, T& value) {
    FieldReader nested(json, path);
    visit_fields(nested, value);
  }

  const nlohmann::json& object_;
  std::string path_;
};

class FieldWriter {
 public:
  explicit FieldWriter(nlohmann::json& object) : object_(object) {}

  template <typename T>
  void operator()(const char* name, const T& value) {
    if (!is_empty(value)) object_[name] = written(value);
  }

 private:
  template <typename T>
  static bool is_empty(const T& value) {
    if constexpr (requires { value.has_value(); }) {
      return !value.has_value();
    } else if constexpr (requires { value.empty(); }) {
      return value.empty();
    } else if constexpr (std::is_class_v<T>) {
      return written(value).empty();
    } else {
      return false;
    }
  }

  template <typename T>
  static nlohmann::json written(const std::optional<T>& value) {
    return written(*value);
  }

  template <typename T>
  static nlohmann::json written(const std::vector<T>& values) {
    nlohmann::json list = nlohmann::json::array();
    for (const T& value : values) list.push_back(written(value));
    return list;
  }

  template <typename T>
  static nlohmann::json written(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      for (const auto& [candidate, name] : enum_words(T{})) {
        if (candidate == value) return std::string(name);
      }
      return nullptr;
    } else if constexpr (requires(FieldWriter& visitor) { visit_fields(visitor, value); }) {
      nlohmann::json object = nlohmann::json::object();
      FieldWriter nested(object);
      visit_fields(nested, value);
      return object;
    } else {
      return value;
    }
  }

  nlohmann::json& object_;
};

// The two directions of a whole struct.
template <typename T>
void read_fields(const nlohmann::json& json, T& value) {
  FieldReader reader(json, "");
  visit_fields(reader, value);
}

template <typename T>
[[nodiscard]] nlohmann::json write_fields(const T& value) {
  nlohmann::json object = nlohmann::json::object();
  FieldWriter writer(object);
  visit_fields(writer, value);
  return object;
}

// A whole custom resource: apiVersion and kind in front.
template <typename T>
[[nodiscard]] nlohmann::json write_object(const kubernetes::ResourceType& type, const T& value) {
  nlohmann::json object = write_fields(value);
  object["apiVersion"] = type.api_version();
  object["kind"] = type.kind;
  return object;
}

}  // namespace crds

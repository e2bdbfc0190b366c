// The nouns of the Kubernetes API: kinds, keys, conditions. No I/O.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kubernetes {

// One kind as the API serves it. A value; declare them constexpr-like beside their struct.
struct ResourceType {
  std::string group;  // empty for the core group
  std::string version;
  std::string kind;
  std::string plural;
  bool namespaced = true;

  [[nodiscard]] std::string api_version() const { return group.empty() ? version : group + "/" + version; }
  // "/apis/group/version/namespaces/ns/plural/name/subresource"; an empty namespace lists all namespaces.
  [[nodiscard]] std::string path(std::string_view ns = {}, std::string_view name = {},
                                 std::string_view subresource = {}) const;
  auto operator<=>(const ResourceType&) const = default;
};

// Namespace (empty for cluster scope) and name: all that a work queue holds.
struct ObjectKey {
  std::string ns;
  std::string name;
  [[nodiscard]] std::string text() const { return ns.empty() ? name : ns + "/" + name; }
  auto operator<=>(const ObjectKey&) const = default;
};

// Reads metadata. Throws base::ParseError when the object has no name.
[[nodiscard]] ObjectKey key_of(const nlohmann::json& object);
[[nodiscard]] std::string resource_version_of(const nlohmann::json& object);
// Over all that the object says but apiVersion and kind, which a watch tells and a list leaves out.
[[nodiscard]] std::size_t content_hash_of(const nlohmann::json& object);
// Whether the server gave out `version` before `other`: resourceVersions are decimal numbers that rise. False where one
// of them is none, as servers of other people's APIs may have them.
[[nodiscard]] bool is_older_version(std::string_view version, std::string_view other);

// metav1.Condition.
struct Condition {
  std::string type;
  std::string status = "Unknown";  // "True", "False", "Unknown"
  std::string reason = "Pending";  // CamelCase
  std::string message;
  std::string last_transition_time;  // RFC 3339; kept while status does not change
  std::int64_t observed_generation = 0;
  bool operator==(const Condition&) const = default;
};

[[nodiscard]] const Condition* find_condition(const std::vector<Condition>& conditions, std::string_view type);

// Sets or adds `next` by its type; lastTransitionTime becomes `now` only when the status changed.
void set_condition(std::vector<Condition>& conditions, Condition next, std::string_view now);

void to_json(nlohmann::json& json, const Condition& condition);
void from_json(const nlohmann::json& json, Condition& condition);

}  // namespace kubernetes

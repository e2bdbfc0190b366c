// Server-side apply that costs a request only where it would change something.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>

#include "kubernetes/api_client.h"

namespace kubernetes {

// Whether `object` says already what `wanted` says. Objects are compared member by member, and members that `wanted`
// does not name are anybody's; `conditions` are compared by their types; all else is compared whole. Empty texts, lists
// and objects count as null, and null asks for absence. What an object is called and its kind do not count. Pure.
[[nodiscard]] bool says(const nlohmann::json& object, const nlohmann::json& wanted);

enum class Applied { kNothing, kWritten };

// Applies `wanted` unless `known`, the object as it was last seen (null: it was not), says it already. What one manager
// leaves out of an apply is taken away from its fields: a field that is wanted at times alone is null where it is not.
// Nulls are not sent. Who may see an object that is gone already must hear of its deletion and look again.
Applied apply_if_changed(ApiClient& client, const ResourceType& type, const nlohmann::json& known,
                         const nlohmann::json& wanted, const ApplyOptions& options);

// `known` as a store keeps it; by its to_json(), which has to write whatever `wanted` may name.
template <typename T>
Applied apply_if_changed(ApiClient& client, const ResourceType& type, const std::shared_ptr<const T>& known,
                         const nlohmann::json& wanted, const ApplyOptions& options) {
  return apply_if_changed(client, type, known != nullptr ? nlohmann::json(*known) : nlohmann::json(), wanted, options);
}

}  // namespace kubernetes

// Lists of objects as columns: [{"a":1,"b":"x"},{"a":2}] <-> {"$rows":2,"$columns":{"a":[1,2],"b":["x",null]}}. The
// keys are said once and like stands by like, which halves what compression leaves.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace crds {

// Every list of objects inside `value`, at any depth, becomes columns. Absent members and null are the same.
[[nodiscard]] nlohmann::json to_columns(const nlohmann::json& value);

// The JSON text whose columns `columns` are: from text to text, because a tree of nodes of either would cost ten times
// as much, and an operator reads thousands. Throws base::ParseError for what is not JSON or no columns as to_columns
// writes them, base::LimitExceeded beyond 64 levels, 4,000,000 values or 64 MiB of derived texts.
[[nodiscard]] std::string expand_columns(std::string_view columns);

// Whether a member of this name is mostly made of the others of its object: written with references to them.
[[nodiscard]] inline bool is_derived(std::string_view name) {
  return name == "purl" || name == "purls" || name == "url";
}

inline constexpr const char* kRowsMember = "$rows";
inline constexpr const char* kColumnsMember = "$columns";

}  // namespace crds

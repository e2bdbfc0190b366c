// Lists of objects as columns: [{"a":1,"b":"x"},{"a":2}] <-> {"$rows":2,"$columns":{"a":[1,2],"b":["x",null]}}. The
// keys are said once and like stands by like, which halves what compression leaves.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace crds {

// Every list of objects inside `value`, at any depth, becomes columns. Absent members and null are the same.
[[nodiscard]] nlohmann::json to_columns(const nlohmann::json& value);

// Throws base::ParseError for columns that are not as to_columns writes them, base::LimitExceeded beyond 64 levels or
// 4,000,000 values.
[[nodiscard]] nlohmann::json from_columns(const nlohmann::json& columns);

}  // namespace crds

// What the API server makes of an apply, as far as the operator's objects need it. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

namespace bench::simulation {

// `current` (null: it is not there yet) after a manager has applied `next`. What the same manager applied last, `last`
// (null: nothing), and applies no more goes away, unless one of the `others` applies it too. Lists are replaced whole,
// but for conditions, which are merged by their types, as the CustomResourceDefinitions declare them.
[[nodiscard]] nlohmann::json applied(const nlohmann::json& current, const nlohmann::json& last,
                                     const nlohmann::json& next, const std::vector<nlohmann::json>& others);

}  // namespace bench::simulation

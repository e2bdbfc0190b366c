// A cluster in simulated time, from the operator's installation to a quiet day after the last.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/simulation/world.h"

namespace bench::simulation {

struct Outcome {
  nlohmann::json summary;           // figures of the whole run
  std::vector<std::string> broken;  // what should be so and is not, for a person
};

// Runs the plan in real time as fast as it goes and tells each day's figures. `folder`, which must be there and empty,
// gets the advisory databases. The figures are the same in each run of the same plan.
[[nodiscard]] Outcome simulate(const Plan& plan, const std::filesystem::path& folder,
                               const std::function<void(const nlohmann::json& day)>& on_day);

}  // namespace bench::simulation

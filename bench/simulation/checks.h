// What must be so whatever has happened: what the operator wrote against what the simulated world knows.
#pragma once

#include <string>
#include <vector>

#include "bench/simulation/simulated_api.h"
#include "bench/simulation/software.h"
#include "bench/simulation/world.h"

namespace bench::simulation {

// The first few places where it is not so, for a person; empty: all is well. At a time of no work.
struct Checked {  // borrowed
  const SimulatedApi& api;
  const Software& software;
  const World& world;
  base::SystemTime now;
};

// Every image that runs is scanned by the right digest; every report has the findings that the image has, and every
// namespace a row for each, in the right state and of the right number of images, and no other.
[[nodiscard]] std::vector<std::string> wrong_findings(const Checked& checked);

// Once nothing was pushed for longer than anything is kept: nothing is left that nothing asks for.
[[nodiscard]] std::vector<std::string> orphans(const Checked& checked);

}  // namespace bench::simulation

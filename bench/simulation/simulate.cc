// A year of a cluster's life in minutes: the operator's real reconcilers, with a simulated clock, API server,
// registries and scanners. docs/scaling.md shows its curves. Usage: bench_simulation [IMAGES [DAYS [SEED]]], 10000, 365
// and 1. Writes a line of JSON a day, and one of the whole.
#include <fmt/core.h>

#include <charconv>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "base/log.h"
#include "bench/made_images.h"
#include "bench/simulation/simulation.h"

namespace {

// At least 1.
std::uint32_t number(char** arguments, int count, int place, std::uint32_t otherwise) {
  if (place >= count) return otherwise;
  const std::string_view text = arguments[place];
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), value);
  if (error != std::errc() || end != text.end() || value == 0)
    throw base::ConfigError(
        fmt::format("'{}' is no number of images or days, and no seed; IMAGES [DAYS [SEED]]", text));
  return value;
}

void print(const nlohmann::json& line) {
  fmt::print("{}\n", line.dump());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) try {
  // Lost races are a part of it, and the log's times are not simulated.
  base::set_log_level(base::LogLevel::kError);
  const bench::simulation::Plan plan{.images = number(argv, argc, 1, 10'000),
                                     .days = static_cast<int>(number(argv, argc, 2, 365)),
                                     .seed = number(argv, argc, 3, 1)};
  const bench::Workplace workplace;
  const bench::simulation::Outcome outcome = bench::simulation::simulate(plan, workplace.path, print);
  print({{"summary", outcome.summary}});
  for (const std::string& one : outcome.broken) fmt::print(stderr, "bench_simulation: {}\n", one);
  return outcome.broken.empty() ? 0 : 1;
} catch (const base::Error& error) {
  fmt::print(stderr, "bench_simulation: {}\n", error.what());
  return 1;
}

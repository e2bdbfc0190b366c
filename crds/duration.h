// Durations as our resources write them: "90s", "10m", "1h30m", "30d".
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace crds {

// One to four pairs of a whole number of at most six digits and s, m, h or d; nullopt for anything else, "" included.
[[nodiscard]] std::optional<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace crds

// The limits of a scan by name: as people set them, and as a child process is told of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scanner/layers/limits.h"

namespace scanner::layers {

// What can be set, such as "entries"; docs/limits.md tells what each is.
[[nodiscard]] std::vector<std::string_view> budget_names();

// Sets one, by "NAME=VALUE": a number from 1 on, bytes with KiB, MiB, GiB or TiB where that is meant. Throws
// base::ConfigError that lists the names, or says what a value is.
void set_budget(Limits& limits, std::string_view setting);

// All of them, for a child.
[[nodiscard]] std::string write_budgets(const Limits& limits);
// Throws base::ParseError.
[[nodiscard]] Limits parse_budgets(std::string_view bytes);

}  // namespace scanner::layers

// The command line: the one file that knows CLI11.
#pragma once

#include "cli/commands.h"

namespace cli {

// Throws base::ConfigError whose message says what is wrong and what would be right; for a verb that does not exist it
// names the nearest one.
[[nodiscard]] Command parse_arguments(int argc, const char* const* argv);

}  // namespace cli

// pratique --help and --version.
#include <fmt/format.h>

#include "cli/verbs.h"

namespace cli {

ExitCode run(const ShowText& command, const Console& console) {
  fmt::print(console.out, "{}", command.text);
  return ExitCode::kClean;
}

}  // namespace cli

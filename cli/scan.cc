// pratique scan: image -> inventory -> vulnerabilities -> a table or a document.
#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "cli/image_scan.h"
#include "cli/output/formats.h"
#include "cli/verbs.h"

namespace cli {
namespace {

bool reached(const ScanResult& result, const ScanCommand& command) {
  return command.fail_on && std::any_of(result.vulnerabilities.begin(), result.vulnerabilities.end(),
                                        [&](const auto& v) { return v.severity >= *command.fail_on; });
}

}  // namespace

ExitCode run(const ScanCommand& command, const Console& console) {
  const base::RealClock clock;
  const auto database = open_database(command.query);
  const ScanResult result =
      match_inventory(command.query.image, read_inventory(command.query, console, clock), database);
  fmt::print(console.out, "{}", output::write_result(result, command.output));
  tell_incomplete(result, console);
  if (reached(result, command)) return ExitCode::kSeverityReached;
  return result.complete ? ExitCode::kClean : ExitCode::kIncomplete;
}

}  // namespace cli

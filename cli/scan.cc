// pratique scan: image -> inventory -> vulnerabilities -> a table or a document.
#include <fmt/format.h>

#include "base/clock.h"
#include "cli/image_scan.h"
#include "cli/output/formats.h"
#include "cli/verbs.h"

namespace cli {
ExitCode run(const ScanCommand& command, const Console& console) {
  const base::RealClock clock;
  const auto database = open_database(command.query);
  const ScanResult result =
      match_inventory(command.query.image, read_inventory(command.query, console, clock), database);
  fmt::print(console.out, "{}", output::write_result(result, command.output));
  return finish_scan(result, command.fail_on, console);
}

}  // namespace cli

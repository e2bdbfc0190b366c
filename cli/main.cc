// pratique: scans images, builds advisory databases, and tells what policies say, without a cluster where none is
// needed.
#include <fmt/format.h>
#include <unistd.h>

#include <exception>

#include "base/error.h"
#include "cli/advice.h"
#include "cli/arguments.h"
#include "cli/verbs.h"
#include "scanner/feeds/feed_child.h"
#include "scanner/worker/worker_main.h"

int main(int argc, char** argv) {
  if (scanner::worker::is_worker(argc, argv)) return scanner::worker::run(argv);
  if (scanner::feeds::is_feed_reader(argc, argv)) scanner::feeds::run_feed_reader(argv);
  const cli::Console console{.out = stdout, .err = stderr, .err_is_terminal = isatty(STDERR_FILENO) == 1};
  try {
    const cli::Command command = cli::parse_arguments(argc, argv);
    const auto exit_code = std::visit([&](const auto& verb) { return cli::run(verb, console); }, command);
    return static_cast<int>(exit_code);
  } catch (const base::HttpError& error) {
    fmt::print(stderr, "pratique: {}{}\n", error.what(), cli::advice_for(error));
  } catch (const std::exception& error) {
    fmt::print(stderr, "pratique: {}\n", error.what());
  }
  return static_cast<int>(cli::ExitCode::kError);
}

// pratique policy test: what the policies in these files say to the workloads in these files. No cluster is asked.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "cli/judgement.h"
#include "cli/verbs.h"

namespace cli {
namespace {

using nlohmann::json;

void add_scan(const std::string& word, ClusterObjects& objects) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw base::ConfigError(fmt::format("--scan {}: write IMAGE=FILE", base::escape_text(word)));
  }
  const std::string file = word.substr(equals + 1);
  std::vector<json> documents = read_objects(file);
  if (documents.size() != 1 || !is_scan_result(documents.front())) {
    throw base::ConfigError(
        fmt::format("{} is not what `pratique scan --output json` writes", base::escape_text(file)));
  }
  objects.add_scan_result(word.substr(0, equals), std::move(documents.front()));
}

base::SystemTime time_of(const std::string& at) {
  if (at.empty()) return base::RealClock().system_now();
  const std::optional<base::SystemTime> time = base::parse_rfc3339(at);
  if (!time)
    throw base::ConfigError(fmt::format("--at {}: not a time such as 2026-01-31T08:00:00Z", base::escape_text(at)));
  return *time;
}

}  // namespace

ExitCode run(const PolicyTestCommand& command, const Console& console) {
  ClusterObjects objects(command.ns);
  for (const std::string& file : command.files) add_file(file, objects, console);
  for (const std::string& scan : command.scans) add_scan(scan, objects);
  return tell_judgements(objects, {.user = command.user, .groups = command.groups}, time_of(command.at), console);
}

}  // namespace cli

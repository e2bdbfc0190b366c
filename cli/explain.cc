// pratique explain: what the webhook of the caller's cluster says to a workload that is there, or to one in a file.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "cli/cluster_reading.h"
#include "cli/judgement.h"
#include "cli/verbs.h"
#include "kubernetes/config.h"

namespace cli {

ExitCode run(const ExplainCommand& command, const Console& console) {
  const auto config = std::make_shared<const kubernetes::Config>(kubernetes::load_config(command.kubeconfig));
  const auto client = kubernetes::make_api_client(config);
  const std::string ns = command.ns.empty() ? config->ns : command.ns;
  ClusterObjects objects(ns);
  if (!command.object.empty()) objects.add(read_workload_object(*client, command.object, ns));
  for (const std::string& file : command.files) add_file(file, objects, console);
  std::vector<SubjectObject> subjects = objects.subjects();
  for (const std::string& note : add_cluster(*client, subjects, objects)) {
    fmt::print(console.err, "pratique: {}\n", base::escape_text(note, 512));
  }
  return tell_judgements(objects, {}, base::RealClock().system_now(), console);
}

}  // namespace cli

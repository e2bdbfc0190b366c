#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/output/document.h"
#include "cli/output/formats.h"

namespace cli::output {

// The specification leaves `result` to the scanner: it is the JSON of docs/formats/scan-json.md.
std::string write_cosign_vuln(const ScanResult& result) {
  using Json = nlohmann::ordered_json;
  const Json database = {{"uri", ""}, {"version", std::to_string(result.database.generation)}};
  const Json scanner = {{"uri", fmt::format("pkg:generic/{}@{}", kToolName, PRATIQUE_VERSION)},
                        {"version", PRATIQUE_VERSION},
                        {"db", database},
                        {"result", Json::parse(write_json(result))}};
  return dump_document(
      {{"invocation", {{"parameters", nullptr}, {"uri", ""}, {"event_id", ""}, {"builder.id", ""}}},
       {"scanner", scanner},
       {"metadata", {{"scanStartedOn", result.database.built_at}, {"scanFinishedOn", result.database.built_at}}}});
}

}  // namespace cli::output

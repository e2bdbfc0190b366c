#include <fmt/format.h>

#include "cli/output/document.h"
#include "cli/output/formats.h"
#include "net/json_writer.h"

namespace cli::output {
namespace {

using net::JsonWriter;

void write_invocation(JsonWriter& json) {
  json.field("parameters", nullptr);
  json.field("uri", "");
  json.field("event_id", "");
  json.field("builder.id", "");
}

// The specification leaves `result` to the scanner: it is the JSON of docs/formats/scan-json.md.
void write_scanner(JsonWriter& json, const ScanResult& result) {
  json.field("uri", fmt::format("pkg:generic/{}@{}", kToolName, PRATIQUE_VERSION));
  json.field("version", PRATIQUE_VERSION);
  json.object("db", [&] {
    json.field("uri", "");
    json.field("version", std::to_string(result.database.generation));
  });
  json.key("result");
  write_scan(json, result);
}

}  // namespace

std::string write_cosign_vuln(const ScanResult& result) {
  JsonWriter json(JsonWriter::Layout::kIndented);
  json.object([&] {
    json.object("invocation", [&] { write_invocation(json); });
    json.object("scanner", [&] { write_scanner(json, result); });
    json.object("metadata", [&] {
      json.field("scanStartedOn", result.database.built_at);
      json.field("scanFinishedOn", result.database.built_at);
    });
  });
  return json.take() + "\n";
}

}  // namespace cli::output

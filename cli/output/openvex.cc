#include <fmt/format.h>

#include "cli/output/document.h"
#include "cli/output/formats.h"
#include "net/json_writer.h"
#include "scanner/matching/fix_plan.h"

namespace cli::output {
namespace {

using net::JsonWriter;
using scanner::matching::Vulnerability;

void write_vulnerability(JsonWriter& json, const Vulnerability& found) {
  json.field("name", found.id);
  if (!found.title.empty()) json.field("description", found.title);
  if (!found.aliases.empty()) json.array("aliases", found.aliases);
}

void write_component(JsonWriter& json, const std::string& purl) {
  json.object([&] { json.field("@id", purl); });
}

void write_product(JsonWriter& json, const std::string& image, const Vulnerability& found) {
  json.object([&] {
    json.field("@id", image);
    if (!found.purls.empty()) json.array("subcomponents", found.purls, write_component);
  });
}

void write_statement(JsonWriter& json, const ScanResult& result, const std::string& image, const Vulnerability& found) {
  json.object([&] {
    json.object("vulnerability", [&] { write_vulnerability(json, found); });
    json.array("products", [&] { write_product(json, image, found); });
    json.field("status", "affected");
    json.field("action_statement", scanner::matching::remediation(found, result.inventory.distribution));
    json.field("timestamp", result.database.built_at);
  });
}

}  // namespace

std::string write_openvex(const ScanResult& result) {
  const std::string image = image_purl(result);
  JsonWriter json(JsonWriter::Layout::kIndented);
  json.object([&] {
    json.field("@context", "https://openvex.dev/ns/v0.2.0");
    json.field("@id", fmt::format("{}/openvex/{}", kToolUrl, document_uuid(result, "openvex")));
    json.field("author", kToolName);
    json.field("timestamp", result.database.built_at);
    json.field("version", 1);
    json.field("tooling", fmt::format("{} {}", kToolName, PRATIQUE_VERSION));
    json.array("statements", [&] {
      for (const Vulnerability& found : result.vulnerabilities) write_statement(json, result, image, found);
    });
  });
  return json.take() + "\n";
}

}  // namespace cli::output

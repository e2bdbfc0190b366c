#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/output/document.h"
#include "cli/output/formats.h"
#include "scanner/matching/fix_plan.h"

namespace cli::output {
namespace {

using Json = nlohmann::ordered_json;

Json statement(const ScanResult& result, const std::string& image, const scanner::matching::Vulnerability& found) {
  Json subcomponents = Json::array();
  for (const std::string& purl : found.purls) subcomponents.push_back({{"@id", purl}});
  Json product = {{"@id", image}};
  if (!subcomponents.empty()) product["subcomponents"] = std::move(subcomponents);
  Json vulnerability = {{"name", found.id}};
  if (!found.title.empty()) vulnerability["description"] = found.title;
  if (!found.aliases.empty()) vulnerability["aliases"] = found.aliases;
  return {{"vulnerability", std::move(vulnerability)},
          {"products", Json::array({std::move(product)})},
          {"status", "affected"},
          {"action_statement", scanner::matching::remediation(found, result.inventory.distribution)},
          {"timestamp", result.database.built_at}};
}

}  // namespace

std::string write_openvex(const ScanResult& result) {
  const std::string image = image_purl(result);
  Json statements = Json::array();
  for (const auto& found : result.vulnerabilities) statements.push_back(statement(result, image, found));
  return dump_document({{"@context", "https://openvex.dev/ns/v0.2.0"},
                        {"@id", fmt::format("{}/openvex/{}", kToolUrl, document_uuid(result, "openvex"))},
                        {"author", kToolName},
                        {"timestamp", result.database.built_at},
                        {"version", 1},
                        {"tooling", fmt::format("{} {}", kToolName, PRATIQUE_VERSION)},
                        {"statements", std::move(statements)}});
}

}  // namespace cli::output

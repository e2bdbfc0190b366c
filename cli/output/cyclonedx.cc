#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/cvss.h"
#include "cli/output/document.h"
#include "cli/output/formats.h"
#include "scanner/matching/fix_plan.h"

namespace cli::output {
namespace {

using Json = nlohmann::ordered_json;
using scanner::advisories::Rating;
using scanner::advisories::Severity;
using scanner::matching::Vulnerability;

constexpr std::array<std::string_view, 5> kSeverityWords = {"unknown", "low", "medium", "high", "critical"};

std::string_view word_of(Severity severity) {
  return kSeverityWords.at(static_cast<std::size_t>(severity));
}

void add_property(Json& properties, std::string_view name, const std::string& value) {
  if (!value.empty()) properties.push_back({{"name", fmt::format("pratique:{}", name)}, {"value", value}});
}

Json component(const scanner::Package& package, const std::string& reference) {
  Json properties = Json::array();
  add_property(properties, "path", package.path);
  add_property(properties, "layer", package.layer);
  add_property(properties, "foundBy", package.found_by);
  add_property(properties, "module", package.module);
  add_property(properties, "source", package.source);
  add_property(properties, "sourceVersion", package.source_version);
  Json result = {{"type", "library"}, {"bom-ref", reference}, {"name", package.name}};
  if (!package.version.empty()) result["version"] = package.version;
  result["purl"] = purl_with_source(package);
  if (!properties.empty()) result["properties"] = std::move(properties);
  return result;
}

Json operating_system(const scanner::Distribution& distribution) {
  Json result = {{"type", "operating-system"}, {"bom-ref", "os"}, {"name", distribution.id}};
  if (!distribution.version_id.empty()) result["version"] = distribution.version_id;
  if (!distribution.pretty_name.empty()) result["description"] = distribution.pretty_name;
  return result;
}

// "CVSSv31" of "CVSS:3.1/AV:N/..."; a vector without a prefix is of version 2.
std::string_view method_of(std::string_view vector) {
  if (vector.empty()) return "other";
  if (vector.starts_with("CVSS:4")) return "CVSSv4";
  if (vector.starts_with("CVSS:3.1")) return "CVSSv31";
  return vector.starts_with("CVSS:3") ? "CVSSv3" : "CVSSv2";
}

Json rating(const Rating& rating) {
  Json result = {{"source", {{"name", rating.source}}}};
  if (const auto score = base::cvss_score(rating.vector)) result["score"] = score->base;
  result["severity"] = word_of(rating.severity);
  result["method"] = method_of(rating.vector);
  if (!rating.vector.empty()) result["vector"] = rating.vector;
  return result;
}

Json vulnerability(const Vulnerability& found, const std::vector<std::string>& affected,
                   const scanner::Distribution& distribution) {
  Json ratings = Json::array();
  for (const Rating& one : found.ratings) ratings.push_back(rating(one));
  Json references = Json::array();
  for (const std::string& alias : found.aliases) {
    references.push_back({{"id", alias}, {"source", {{"name", alias.substr(0, alias.find('-'))}}}});
  }
  Json affects = Json::array();
  for (const std::string& reference : affected) {
    Json versions = Json::array({{{"version", found.installed}, {"status", "affected"}}});
    affects.push_back({{"ref", reference}, {"versions", std::move(versions)}});
  }
  Json result = {{"bom-ref", fmt::format("{}#{}", found.id, affected.empty() ? found.package : affected.front())},
                 {"id", found.id}};
  if (!found.url.empty()) result["source"] = {{"url", found.url}};
  if (!references.empty()) result["references"] = std::move(references);
  if (!ratings.empty()) result["ratings"] = std::move(ratings);
  if (!found.title.empty()) result["description"] = found.title;
  result["recommendation"] = scanner::matching::remediation(found, distribution);
  Json pages = Json::array();
  for (const std::string& page : found.references) pages.push_back({{"url", page}});
  if (!pages.empty()) result["advisories"] = std::move(pages);
  if (!found.published.empty()) result["published"] = found.published;
  result["affects"] = std::move(affects);
  Json properties = Json::array();
  add_property(properties, "severity", std::string(word_of(found.severity)));
  add_property(properties, "exploitedSince", found.threat.exploited_since);
  add_property(properties, "ransomware", found.threat.ransomware ? "true" : "");
  add_property(properties, "epss", found.threat.epss);
  result["properties"] = std::move(properties);
  return result;
}

Json metadata(const ScanResult& result, const std::string& image) {
  Json properties = Json::array();
  add_property(properties, "complete", result.complete ? "true" : "false");
  add_property(properties, "platform", result.inventory.platform);
  add_property(properties, "databaseGeneration", std::to_string(result.database.generation));
  for (const scanner::ScanWarning& warning : result.warnings) {
    add_property(properties, "warning", fmt::format("{}: {}: {}", warning.reason, warning.path, warning.message));
  }
  const Json tool = {{"type", "application"}, {"name", kToolName}, {"version", PRATIQUE_VERSION}};
  const Json subject = {{"type", "container"},
                        {"bom-ref", image},
                        {"name", result.image},
                        {"version", result.inventory.digest},
                        {"purl", image}};
  return {{"timestamp", result.database.built_at},
          {"tools", {{"components", Json::array({tool})}}},
          {"component", subject},
          {"properties", std::move(properties)}};
}

}  // namespace

std::string write_cyclonedx(const ScanResult& result) {
  const std::string image = image_purl(result);
  const std::vector<std::string> references = package_references(result);
  Json components = Json::array();
  if (!result.inventory.distribution.id.empty()) components.push_back(operating_system(result.inventory.distribution));
  for (std::size_t i = 0; i < references.size(); ++i) {
    components.push_back(component(result.inventory.packages[i], references[i]));
  }
  Json vulnerabilities = Json::array();
  for (const Vulnerability& found : result.vulnerabilities) {
    vulnerabilities.push_back(
        vulnerability(found, affected_references(result, references, found), result.inventory.distribution));
  }
  // What was not looked at is said in the form's own words, too.
  const Json composition = {{"aggregate", result.complete ? "complete" : "incomplete"}, {"assemblies", {image}}};
  return dump_document({{"$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json"},
                        {"bomFormat", "CycloneDX"},
                        {"specVersion", "1.6"},
                        {"serialNumber", fmt::format("urn:uuid:{}", document_uuid(result, "cyclonedx"))},
                        {"version", 1},
                        {"metadata", metadata(result, image)},
                        {"components", std::move(components)},
                        {"dependencies", Json::array({{{"ref", image}, {"dependsOn", references}}})},
                        {"compositions", Json::array({composition})},
                        {"vulnerabilities", std::move(vulnerabilities)}});
}

}  // namespace cli::output

#include <nlohmann/json.hpp>

#include "cli/database_json.h"
#include "cli/output/formats.h"
#include "scanner/matching/fix_plan.h"

namespace cli::output {
namespace {

using Json = nlohmann::ordered_json;

Json distribution_json(const scanner::Distribution& distribution) {
  return {{"id", distribution.id},
          {"versionId", distribution.version_id},
          {"codename", distribution.codename},
          {"prettyName", distribution.pretty_name}};
}

Json warning_json(const scanner::ScanWarning& warning) {
  return {{"reason", warning.reason},
          {"path", warning.path},
          {"message", warning.message},
          {"count", warning.count},
          {"makesIncomplete", warning.makes_incomplete}};
}

Json package_json(const scanner::Package& package) {
  return {{"type", package.type},
          {"name", package.name},
          {"version", package.version},
          {"source", package.source_name()},
          {"sourceVersion", package.effective_source_version()},
          {"architecture", package.architecture},
          {"module", package.module},
          {"purl", package.purl},
          {"layer", package.layer},
          {"path", package.path},
          {"foundBy", package.found_by}};
}

Json rating_json(const scanner::advisories::Rating& rating) {
  return {{"source", rating.source},
          {"severity", scanner::advisories::severity_name(rating.severity)},
          {"vector", rating.vector}};
}

template <typename T>
Json array_of(const std::vector<T>& items, Json (*write)(const T&)) {
  Json array = Json::array();
  for (const T& item : items) array.push_back(write(item));
  return array;
}

Json upgrade_json(const scanner::matching::Upgrade& upgrade) {
  Json clears = Json::object();
  for (const auto severity : scanner::advisories::kWorstFirst) {
    const std::size_t count = upgrade.clears.at(static_cast<std::size_t>(severity));
    if (count > 0) clears[std::string(scanner::advisories::severity_name(severity))] = count;
  }
  return {{"packageType", upgrade.package_type}, {"package", upgrade.package},
          {"installed", upgrade.installed},      {"to", upgrade.to},
          {"clears", std::move(clears)},         {"command", upgrade.command}};
}

Json plan_json(const ScanResult& result) {
  const scanner::matching::FixPlan plan =
      scanner::matching::fix_plan(result.vulnerabilities, result.inventory.distribution);
  return {{"upgrades", array_of(plan.upgrades, upgrade_json)}, {"withoutFix", plan.without_fix}};
}

Json vulnerability_json(const scanner::matching::Vulnerability& vulnerability,
                        const scanner::Distribution& distribution) {
  return {{"id", vulnerability.id},
          {"aliases", vulnerability.aliases},
          {"severity", scanner::advisories::severity_name(vulnerability.severity)},
          {"severitySource", vulnerability.severity_source},
          {"packageType", vulnerability.package_type},
          {"package", vulnerability.package},
          {"installed", vulnerability.installed},
          {"fixed", vulnerability.fixed},
          {"withoutFix", vulnerability.without_fix},
          {"fixDate", vulnerability.fix_date},
          {"published", vulnerability.published},
          {"title", vulnerability.title},
          {"url", vulnerability.url},
          {"references", vulnerability.references},
          {"purls", vulnerability.purls},
          {"layer", vulnerability.layer},
          {"path", vulnerability.path},
          {"exploited", vulnerability.exploited()},
          {"exploitedSince", vulnerability.threat.exploited_since},
          {"ransomware", vulnerability.threat.ransomware},
          {"epss", vulnerability.threat.epss},
          {"epssPercentile", vulnerability.threat.epss_percentile},
          {"ratings", array_of(vulnerability.ratings, rating_json)},
          {"remediation", scanner::matching::remediation(vulnerability, distribution)}};
}

Json vulnerabilities_json(const ScanResult& result) {
  Json array = Json::array();
  for (const auto& found : result.vulnerabilities)
    array.push_back(vulnerability_json(found, result.inventory.distribution));
  return array;
}

Json unknown_program_json(const scanner::UnknownProgram& program) {
  return {{"path", program.path}, {"bytes", program.bytes}};
}

// Null where nobody has looked, as with an SBOM.
Json programs_json(const std::optional<scanner::ProgramCoverage>& programs) {
  if (!programs) return nullptr;
  return {{"bytes", programs->bytes},
          {"knownBytes", programs->known_bytes},
          {"coverage", programs->percent()},
          {"unknown", array_of(programs->unknown, unknown_program_json)}};
}

}  // namespace

std::string write_json(const ScanResult& result) {
  const Json document = {{"image", result.image},
                         {"digest", result.inventory.digest},
                         {"platform", result.inventory.platform},
                         {"distribution", distribution_json(result.inventory.distribution)},
                         {"complete", result.complete},
                         {"warnings", array_of(result.warnings, warning_json)},
                         {"programs", programs_json(result.inventory.programs)},
                         {"packages", array_of(result.inventory.packages, package_json)},
                         {"vulnerabilities", vulnerabilities_json(result)},
                         {"fixPlan", plan_json(result)},
                         {"database", database_json(result.database)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cli::output

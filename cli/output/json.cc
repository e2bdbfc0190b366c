#include "cli/database_json.h"
#include "cli/output/document.h"
#include "cli/output/formats.h"
#include "net/json_writer.h"
#include "scanner/matching/fix_plan.h"

namespace cli::output {
namespace {

using net::JsonWriter;
using scanner::advisories::severity_name;

void write_distribution(JsonWriter& json, const scanner::Distribution& distribution) {
  json.field("id", distribution.id);
  json.field("versionId", distribution.version_id);
  json.field("codename", distribution.codename);
  json.field("prettyName", distribution.pretty_name);
}

void write_warning(JsonWriter& json, const scanner::ScanWarning& warning) {
  json.object([&] {
    json.field("reason", warning.reason);
    json.field("path", warning.path);
    json.field("message", warning.message);
    json.field("count", warning.count);
    json.field("makesIncomplete", warning.makes_incomplete);
  });
}

void write_unknown_program(JsonWriter& json, const scanner::UnknownProgram& program) {
  json.object([&] {
    json.field("path", program.path);
    json.field("bytes", program.bytes);
  });
}

void write_programs(JsonWriter& json, const scanner::ProgramCoverage& programs) {
  json.field("bytes", programs.bytes);
  json.field("knownBytes", programs.known_bytes);
  json.field("coverage", programs.percent());
  json.array("unknown", programs.unknown, write_unknown_program);
}

void write_package(JsonWriter& json, const scanner::Package& package) {
  json.object([&] {
    json.field("type", package.type);
    json.field("name", package.name);
    json.field("version", package.version);
    json.field("source", package.source_name());
    json.field("sourceVersion", package.effective_source_version());
    json.field("architecture", package.architecture);
    json.field("module", package.module);
    json.field("purl", package.purl);
    json.field("layer", package.layer);
    json.field("path", package.path);
    json.field("foundBy", package.found_by);
  });
}

void write_rating(JsonWriter& json, const scanner::advisories::Rating& rating) {
  json.object([&] {
    json.field("source", rating.source);
    json.field("severity", severity_name(rating.severity));
    json.field("vector", rating.vector);
  });
}

void write_vulnerability(JsonWriter& json, const scanner::matching::Vulnerability& found,
                         const scanner::Distribution& distribution) {
  json.object([&] {
    json.field("id", found.id);
    json.array("aliases", found.aliases);
    json.field("severity", severity_name(found.severity));
    json.field("severitySource", found.severity_source);
    json.field("packageType", found.package_type);
    json.field("package", found.package);
    json.field("installed", found.installed);
    json.field("fixed", found.fixed);
    json.field("withoutFix", found.without_fix);
    json.field("fixDate", found.fix_date);
    json.field("published", found.published);
    json.field("title", found.title);
    json.field("url", found.url);
    json.array("references", found.references);
    json.array("purls", found.purls);
    json.field("layer", found.layer);
    json.field("path", found.path);
    json.field("exploited", found.exploited());
    json.field("exploitedSince", found.threat.exploited_since);
    json.field("ransomware", found.threat.ransomware);
    json.field("epss", found.threat.epss);
    json.field("epssPercentile", found.threat.epss_percentile);
    json.array("ratings", found.ratings, write_rating);
    json.field("remediation", scanner::matching::remediation(found, distribution));
  });
}

// The number of vulnerabilities by severity, the worst first; none where there are none.
void write_clears(JsonWriter& json, const scanner::matching::Upgrade& upgrade) {
  for (const auto severity : scanner::advisories::kWorstFirst) {
    const std::size_t count = upgrade.clears.at(static_cast<std::size_t>(severity));
    if (count > 0) json.field(severity_name(severity), count);
  }
}

void write_upgrade(JsonWriter& json, const scanner::matching::Upgrade& upgrade) {
  json.object([&] {
    json.field("packageType", upgrade.package_type);
    json.field("package", upgrade.package);
    json.field("installed", upgrade.installed);
    json.field("to", upgrade.to);
    json.object("clears", [&] { write_clears(json, upgrade); });
    json.field("command", upgrade.command);
  });
}

void write_plan(JsonWriter& json, const ScanResult& result) {
  const scanner::matching::FixPlan plan =
      scanner::matching::fix_plan(result.vulnerabilities, result.inventory.distribution);
  json.array("upgrades", plan.upgrades, write_upgrade);
  json.field("withoutFix", plan.without_fix);
}

}  // namespace

void write_scan(JsonWriter& json, const ScanResult& result) {
  const scanner::Inventory& inventory = result.inventory;
  json.object([&] {
    json.field("image", result.image);
    json.field("digest", inventory.digest);
    json.field("platform", inventory.platform);
    json.object("distribution", [&] { write_distribution(json, inventory.distribution); });
    json.field("complete", result.complete);
    json.array("warnings", result.warnings, write_warning);
    if (inventory.programs) {
      json.object("programs", [&] { write_programs(json, *inventory.programs); });
    } else {
      json.field("programs", nullptr);  // nobody has looked, as with an SBOM
    }
    json.array("packages", inventory.packages, write_package);
    json.array("vulnerabilities", result.vulnerabilities,
               [&](JsonWriter& item, const auto& found) { write_vulnerability(item, found, inventory.distribution); });
    json.object("fixPlan", [&] { write_plan(json, result); });
    json.object("database", [&] { write_database(json, result.database); });
  });
}

std::string write_json(const ScanResult& result) {
  JsonWriter json(JsonWriter::Layout::kIndented);
  write_scan(json, result);
  return json.take() + "\n";
}

}  // namespace cli::output

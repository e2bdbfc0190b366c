#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/cvss.h"
#include "cli/output/document.h"
#include "cli/output/formats.h"
#include "net/json_writer.h"
#include "scanner/matching/fix_plan.h"

namespace cli::output {
namespace {

using net::JsonWriter;
using scanner::advisories::Rating;
using scanner::advisories::Severity;
using scanner::matching::Vulnerability;

constexpr std::array<std::string_view, 5> kSeverityWords = {"unknown", "low", "medium", "high", "critical"};

std::string_view word_of(Severity severity) {
  return kSeverityWords.at(static_cast<std::size_t>(severity));
}

// What the form has no field for: name and value. Those without a value are left out.
using Properties = std::vector<std::pair<std::string_view, std::string>>;

void write_properties(JsonWriter& json, Properties properties) {
  std::erase_if(properties, [](const auto& property) { return property.second.empty(); });
  if (properties.empty()) return;
  json.array("properties", properties, [](JsonWriter& item, const auto& property) {
    item.object([&] {
      item.field("name", fmt::format("pratique:{}", property.first));
      item.field("value", property.second);
    });
  });
}

void write_operating_system(JsonWriter& json, const scanner::Distribution& distribution) {
  json.object([&] {
    json.field("type", "operating-system");
    json.field("bom-ref", "os");
    json.field("name", distribution.id);
    if (!distribution.version_id.empty()) json.field("version", distribution.version_id);
    if (!distribution.pretty_name.empty()) json.field("description", distribution.pretty_name);
    write_properties(json, {{"codename", distribution.codename}});
  });
}

void write_component(JsonWriter& json, const scanner::Package& package, const std::string& reference) {
  json.object([&] {
    json.field("type", "library");
    json.field("bom-ref", reference);
    json.field("name", package.name);
    if (!package.version.empty()) json.field("version", package.version);
    json.field("purl", component_purl(package));
    write_properties(json, {{"path", package.path},
                            {"layer", package.layer},
                            {"foundBy", package.found_by},
                            {"module", package.module},
                            {"source", package.source},
                            {"sourceVersion", package.source_version}});
  });
}

// "CVSSv31" of "CVSS:3.1/AV:N/..."; a vector without a prefix is of version 2.
std::string_view method_of(std::string_view vector) {
  if (vector.empty()) return "other";
  if (vector.starts_with("CVSS:4")) return "CVSSv4";
  if (vector.starts_with("CVSS:3.1")) return "CVSSv31";
  return vector.starts_with("CVSS:3") ? "CVSSv3" : "CVSSv2";
}

void write_rating(JsonWriter& json, const Rating& rating) {
  json.object([&] {
    json.object("source", [&] { json.field("name", rating.source); });
    if (const auto score = base::cvss_score(rating.vector)) json.field("score", score->base);
    json.field("severity", word_of(rating.severity));
    json.field("method", method_of(rating.vector));
    if (!rating.vector.empty()) json.field("vector", rating.vector);
  });
}

// Another name of the issue, and who gave it: "GHSA" of "GHSA-aaaa-bbbb-cccc".
void write_alias(JsonWriter& json, const std::string& alias) {
  json.object([&] {
    json.field("id", alias);
    json.object("source", [&] { json.field("name", alias.substr(0, alias.find('-'))); });
  });
}

void write_page(JsonWriter& json, const std::string& url) {
  json.object([&] { json.field("url", url); });
}

void write_affected(JsonWriter& json, const std::string& reference, const std::string& version) {
  json.object([&] {
    json.field("ref", reference);
    json.array("versions", [&] {
      json.object([&] {
        json.field("version", version);
        json.field("status", "affected");
      });
    });
  });
}

// `affected`: the references of the packages that carry it.
void write_vulnerability(JsonWriter& json, const Vulnerability& found, const std::vector<std::string>& affected,
                         const scanner::Distribution& distribution) {
  json.object([&] {
    json.field("bom-ref", fmt::format("{}#{}", found.id, affected.empty() ? found.package : affected.front()));
    json.field("id", found.id);
    if (!found.url.empty()) json.object("source", [&] { json.field("url", found.url); });
    if (!found.aliases.empty()) json.array("references", found.aliases, write_alias);
    if (!found.ratings.empty()) json.array("ratings", found.ratings, write_rating);
    if (!found.title.empty()) json.field("description", found.title);
    json.field("recommendation", scanner::matching::remediation(found, distribution));
    if (!found.references.empty()) json.array("advisories", found.references, write_page);
    if (!found.published.empty()) json.field("published", found.published);
    json.array("affects", affected, [&](JsonWriter& item, const std::string& reference) {
      write_affected(item, reference, found.installed);
    });
    write_properties(json, {{"severity", std::string(word_of(found.severity))},
                            {"exploitedSince", found.threat.exploited_since},
                            {"ransomware", found.threat.ransomware ? "true" : ""},
                            {"epss", found.threat.epss}});
  });
}

// The packages of an inventory, each under its reference, to be found by purl.
class References {
 public:
  explicit References(const ScanResult& result) : names_(package_references(result)) {
    const std::vector<scanner::Package>& packages = result.inventory.packages;
    for (std::size_t i = 0; i < packages.size(); ++i) by_purl_[packages[i].purl].push_back(i);
  }

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

  // Of the packages whose purl the vulnerability names, in the inventory's order.
  [[nodiscard]] std::vector<std::string> of(const Vulnerability& found) const {
    std::vector<std::size_t> numbers;
    for (const std::string& purl : found.purls) {
      const auto carriers = by_purl_.find(purl);
      if (carriers == by_purl_.end()) continue;
      numbers.insert(numbers.end(), carriers->second.begin(), carriers->second.end());
    }
    std::ranges::sort(numbers);
    std::vector<std::string> references;
    for (const std::size_t number : numbers) references.push_back(names_[number]);
    return references;
  }

 private:
  std::vector<std::string> names_;
  std::map<std::string_view, std::vector<std::size_t>> by_purl_;
};

Properties properties_of(const ScanResult& result) {
  Properties properties = {{"complete", result.complete ? "true" : "false"},
                           {"platform", result.inventory.platform},
                           {"databaseGeneration", std::to_string(result.database.generation)}};
  for (const scanner::ScanWarning& warning : result.warnings) {
    properties.emplace_back("warning", fmt::format("{}: {}: {}", warning.reason, warning.path, warning.message));
  }
  return properties;
}

void write_tool(JsonWriter& json) {
  json.object([&] {
    json.field("type", "application");
    json.field("name", kToolName);
    json.field("version", PRATIQUE_VERSION);
  });
}

void write_metadata(JsonWriter& json, const ScanResult& result, const std::string& image) {
  json.field("timestamp", result.database.built_at);
  json.object("tools", [&] { json.array("components", [&] { write_tool(json); }); });
  json.object("component", [&] {
    json.field("type", "container");
    json.field("bom-ref", image);
    json.field("name", result.image);
    json.field("version", result.inventory.digest);
    json.field("purl", image);
  });
  write_properties(json, properties_of(result));
}

void write_components(JsonWriter& json, const scanner::Inventory& inventory, const References& references) {
  if (!inventory.distribution.id.empty()) write_operating_system(json, inventory.distribution);
  for (std::size_t i = 0; i < inventory.packages.size(); ++i) {
    write_component(json, inventory.packages[i], references.names()[i]);
  }
}

void write_dependencies(JsonWriter& json, const std::string& image, const References& references) {
  json.object([&] {
    json.field("ref", image);
    json.array("dependsOn", references.names());
  });
}

// What was not looked at is said in the form's own words, too.
void write_composition(JsonWriter& json, const std::string& image, const ScanResult& result) {
  json.object([&] {
    json.field("aggregate", result.complete ? "complete" : "incomplete");
    json.array("assemblies", [&] { json.value(image); });
  });
}

}  // namespace

std::string write_cyclonedx(const ScanResult& result) {
  const std::string image = image_purl(result);
  const References references(result);
  JsonWriter json(JsonWriter::Layout::kIndented);
  json.object([&] {
    json.field("$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json");
    json.field("bomFormat", "CycloneDX");
    json.field("specVersion", "1.6");
    json.field("serialNumber", fmt::format("urn:uuid:{}", document_uuid(result, "cyclonedx")));
    json.field("version", 1);
    json.object("metadata", [&] { write_metadata(json, result, image); });
    json.array("components", [&] { write_components(json, result.inventory, references); });
    json.array("dependencies", [&] { write_dependencies(json, image, references); });
    json.array("compositions", [&] { write_composition(json, image, result); });
    json.array("vulnerabilities", [&] {
      for (const Vulnerability& found : result.vulnerabilities) {
        write_vulnerability(json, found, references.of(found), result.inventory.distribution);
      }
    });
  });
  return json.take() + "\n";
}

}  // namespace cli::output

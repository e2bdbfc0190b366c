#include <fmt/format.h>

#include <map>
#include <string_view>

#include "cli/output/document.h"
#include "cli/output/formats.h"
#include "net/json_writer.h"
#include "scanner/matching/fix_plan.h"

namespace cli::output {
namespace {

using net::JsonWriter;
using scanner::matching::Vulnerability;

constexpr std::string_view kNoAssertion = "NOASSERTION";
constexpr std::string_view kImageId = "SPDXRef-Image";
constexpr std::string_view kOperatingSystemId = "SPDXRef-OperatingSystem";

// The issues that have a page, worst first, by the purl of the packages that carry them.
using IssuesByPurl = std::map<std::string_view, std::vector<const Vulnerability*>>;

IssuesByPurl issues_by_purl(const ScanResult& result) {
  IssuesByPurl issues;
  for (const Vulnerability& found : result.vulnerabilities) {
    if (found.url.empty()) continue;
    for (const std::string& purl : found.purls) issues[purl].push_back(&found);
  }
  return issues;
}

std::string package_id(std::size_t index) {
  return fmt::format("SPDXRef-Package-{}", index + 1);
}

// What every package has; nothing is said of licences and suppliers.
void write_package(JsonWriter& json, std::string_view id, std::string_view name, std::string_view version) {
  json.field("name", name);
  json.field("SPDXID", id);
  if (!version.empty()) json.field("versionInfo", version);
  json.field("supplier", kNoAssertion);
  json.field("downloadLocation", kNoAssertion);
  json.field("filesAnalyzed", false);
  json.field("licenseConcluded", kNoAssertion);
  json.field("licenseDeclared", kNoAssertion);
  json.field("copyrightText", kNoAssertion);
}

void write_purl(JsonWriter& json, const std::string& purl) {
  json.object([&] {
    json.field("referenceCategory", "PACKAGE-MANAGER");
    json.field("referenceType", "purl");
    json.field("referenceLocator", purl);
  });
}

void write_issue(JsonWriter& json, const Vulnerability& found, const scanner::Distribution& distribution) {
  json.object([&] {
    json.field("referenceCategory", "SECURITY");
    json.field("referenceType", "advisory");
    json.field("referenceLocator", found.url);
    json.field("comment", fmt::format("{}: {}", found.id, scanner::matching::remediation(found, distribution)));
  });
}

void write_image(JsonWriter& json, const ScanResult& result) {
  json.object([&] {
    write_package(json, kImageId, result.image, result.inventory.digest);
    json.array("externalRefs", [&] { write_purl(json, image_purl(result)); });
    json.field("primaryPackagePurpose", "CONTAINER");
  });
}

void write_operating_system(JsonWriter& json, const scanner::Distribution& distribution) {
  json.object([&] {
    write_package(json, kOperatingSystemId, distribution.id, distribution.version_id);
    if (!distribution.pretty_name.empty()) json.field("description", distribution.pretty_name);
    if (!distribution.codename.empty()) json.field("comment", fmt::format("codename {}", distribution.codename));
    json.field("primaryPackagePurpose", "OPERATING-SYSTEM");
  });
}

void write_component(JsonWriter& json, const ScanResult& result, std::size_t index, const IssuesByPurl& issues) {
  const scanner::Package& package = result.inventory.packages[index];
  json.object([&] {
    write_package(json, package_id(index), package.name, package.version);
    json.array("externalRefs", [&] {
      write_purl(json, component_purl(package));
      const auto of_package = issues.find(package.purl);
      if (of_package == issues.end()) return;
      for (const Vulnerability* found : of_package->second) write_issue(json, *found, result.inventory.distribution);
    });
    json.field("sourceInfo", fmt::format("found by {} in {}", package.found_by, package.path));
  });
}

// Of the document: whether it is all of the image.
std::string comment(const ScanResult& result) {
  std::string text = result.complete ? "complete: everything in the image that can carry packages was read"
                                     : "INCOMPLETE: something in the image was not looked at";
  for (const scanner::ScanWarning& warning : result.warnings) {
    text += fmt::format("\n{}: {}: {}", warning.reason, warning.path, warning.message);
  }
  return text;
}

void write_creation(JsonWriter& json, const ScanResult& result) {
  json.field("created", result.database.built_at);
  json.array("creators", [&] { json.value(fmt::format("Tool: {}-{}", kToolName, PRATIQUE_VERSION)); });
  json.field("comment", fmt::format("with advisories of generation {}", result.database.generation));
}

void write_relationship(JsonWriter& json, std::string_view from, std::string_view type, std::string_view to) {
  json.object([&] {
    json.field("spdxElementId", from);
    json.field("relationshipType", type);
    json.field("relatedSpdxElement", to);
  });
}

void write_packages(JsonWriter& json, const ScanResult& result) {
  const IssuesByPurl issues = issues_by_purl(result);
  write_image(json, result);
  if (!result.inventory.distribution.id.empty()) write_operating_system(json, result.inventory.distribution);
  for (std::size_t i = 0; i < result.inventory.packages.size(); ++i) write_component(json, result, i, issues);
}

void write_relationships(JsonWriter& json, const scanner::Inventory& inventory) {
  write_relationship(json, "SPDXRef-DOCUMENT", "DESCRIBES", kImageId);
  if (!inventory.distribution.id.empty()) write_relationship(json, kImageId, "CONTAINS", kOperatingSystemId);
  for (std::size_t i = 0; i < inventory.packages.size(); ++i) {
    write_relationship(json, kImageId, "CONTAINS", package_id(i));
  }
}

}  // namespace

std::string write_spdx(const ScanResult& result) {
  JsonWriter json(JsonWriter::Layout::kIndented);
  json.object([&] {
    json.field("spdxVersion", "SPDX-2.3");
    json.field("dataLicense", "CC0-1.0");
    json.field("SPDXID", "SPDXRef-DOCUMENT");
    json.field("name", result.image);
    json.field("documentNamespace", fmt::format("{}/spdx/{}", kToolUrl, document_uuid(result, "spdx")));
    json.field("comment", comment(result));
    json.object("creationInfo", [&] { write_creation(json, result); });
    json.array("packages", [&] { write_packages(json, result); });
    json.array("relationships", [&] { write_relationships(json, result.inventory); });
  });
  return json.take() + "\n";
}

}  // namespace cli::output

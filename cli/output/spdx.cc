#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/output/document.h"
#include "cli/output/formats.h"
#include "scanner/matching/fix_plan.h"

namespace cli::output {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kNoAssertion = "NOASSERTION";
constexpr std::string_view kImageId = "SPDXRef-Image";

std::string package_id(std::size_t index) {
  return fmt::format("SPDXRef-Package-{}", index + 1);
}

Json reference(std::string_view category, std::string_view type, const std::string& locator) {
  return {{"referenceCategory", category}, {"referenceType", type}, {"referenceLocator", locator}};
}

Json package_json(std::string_view id, const std::string& name, const std::string& version, Json references) {
  Json result = {{"name", name}, {"SPDXID", id}};
  if (!version.empty()) result["versionInfo"] = version;
  result["supplier"] = kNoAssertion;
  result["downloadLocation"] = kNoAssertion;
  result["filesAnalyzed"] = false;
  result["licenseConcluded"] = kNoAssertion;
  result["licenseDeclared"] = kNoAssertion;
  result["copyrightText"] = kNoAssertion;
  result["externalRefs"] = std::move(references);
  return result;
}

Json image_json(const ScanResult& result) {
  Json image = package_json(kImageId, result.image, result.inventory.digest,
                            Json::array({reference("PACKAGE-MANAGER", "purl", image_purl(result))}));
  image["primaryPackagePurpose"] = "CONTAINER";
  return image;
}

Json component_json(const ScanResult& result, std::size_t index) {
  const scanner::Package& package = result.inventory.packages[index];
  Json references = Json::array({reference("PACKAGE-MANAGER", "purl", purl_with_source(package))});
  for (const auto& found : result.vulnerabilities) {
    const bool carries = std::ranges::binary_search(found.purls, package.purl);
    if (!carries || found.url.empty()) continue;
    references.push_back(reference("SECURITY", "advisory", found.url));
    references.back()["comment"] =
        fmt::format("{}: {}", found.id, scanner::matching::remediation(found, result.inventory.distribution));
  }
  Json component = package_json(package_id(index), package.name, package.version, std::move(references));
  component["sourceInfo"] = fmt::format("found by {} in {}", package.found_by, package.path);
  return component;
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

Json relationship(std::string_view from, std::string_view type, std::string_view to) {
  return {{"spdxElementId", from}, {"relationshipType", type}, {"relatedSpdxElement", to}};
}

}  // namespace

std::string write_spdx(const ScanResult& result) {
  Json packages = Json::array({image_json(result)});
  Json relationships = Json::array({relationship("SPDXRef-DOCUMENT", "DESCRIBES", kImageId)});
  for (std::size_t i = 0; i < result.inventory.packages.size(); ++i) {
    packages.push_back(component_json(result, i));
    relationships.push_back(relationship(kImageId, "CONTAINS", package_id(i)));
  }
  const Json creation = {{"created", result.database.built_at},
                         {"creators", Json::array({fmt::format("Tool: {}-{}", kToolName, PRATIQUE_VERSION)})},
                         {"comment", fmt::format("with advisories of generation {}", result.database.generation)}};
  return dump_document({{"spdxVersion", "SPDX-2.3"},
                        {"dataLicense", "CC0-1.0"},
                        {"SPDXID", "SPDXRef-DOCUMENT"},
                        {"name", result.image},
                        {"documentNamespace", fmt::format("{}/spdx/{}", kToolUrl, document_uuid(result, "spdx"))},
                        {"comment", comment(result)},
                        {"creationInfo", creation},
                        {"packages", std::move(packages)},
                        {"relationships", std::move(relationships)}});
}

}  // namespace cli::output

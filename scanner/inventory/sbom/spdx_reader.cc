// SPDX 2.2 and 2.3 as JSON, https://spdx.github.io/spdx-spec/v2.3/, with what Trivy, syft and Pratique write into the
// fields that are for people.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "scanner/inventory/json_file.h"
#include "scanner/inventory/sbom/sbom_document.h"

namespace scanner::inventory {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kBuiltFrom = "built package from: ";  // Trivy
constexpr std::string_view kFoundBy = "found by ";               // Pratique
constexpr std::string_view kIncomplete = "INCOMPLETE";
constexpr std::string_view kCodename = "codename ";

// Packages of these kinds hold or are made into others: without a package URL they are nothing that could be looked up.
constexpr std::array<std::string_view, 6> kOtherPurposes = {"APPLICATION", "CONTAINER", "FILE",
                                                            "ARCHIVE",     "SOURCE",    "OPERATING-SYSTEM"};
// Trivy's names for them, from before the form had purposes.
constexpr std::array<std::string_view, 3> kOtherIds = {"SPDXRef-OperatingSystem", "SPDXRef-Application-",
                                                       "SPDXRef-ContainerImage"};

const Json& list_of(const Json& object, const char* name) {
  static const Json kNone = Json::array();
  const Json& value = member_of(object, name);
  return value.is_array() ? value : kNone;
}

std::string purl_of(const Json& package) {
  for (const Json& reference : list_of(package, "externalRefs")) {
    if (text_member_of(reference, "referenceType") == "purl") return text_member_of(reference, "referenceLocator");
  }
  return {};
}

// "LayerDigest: sha256:..." among a package's annotations, or its attribution texts, as Trivy wrote them until 2024.
std::string property(const Json& package, std::string_view name) {
  const std::string prefix = std::string(name) + ": ";
  for (const Json& annotation : list_of(package, "annotations")) {
    const std::string text = text_member_of(annotation, "comment");
    if (text.starts_with(prefix)) return text.substr(prefix.size());
  }
  for (const Json& line : list_of(package, "attributionTexts")) {
    const std::string text = line.is_string() ? line.get<std::string>() : std::string();
    if (text.starts_with(prefix)) return text.substr(prefix.size());
  }
  return {};
}

// "built package from: openssl-libs 1:1.0.2k-16.el7", "found by dpkg in var/lib/dpkg/status"
void read_source_info(const std::string& text, SbomComponent& component) {
  if (text.starts_with(kBuiltFrom)) {
    const std::string rest = text.substr(kBuiltFrom.size());
    const std::size_t blank = rest.find(' ');
    component.source = rest.substr(0, blank);
    if (blank != std::string::npos) component.source_version = rest.substr(blank + 1);
  } else if (text.starts_with(kFoundBy)) {
    constexpr std::string_view kIn = " in ";
    const std::string rest = text.substr(kFoundBy.size());
    const std::size_t in = rest.find(kIn);
    component.found_by = rest.substr(0, in);
    if (in != std::string::npos) component.path = rest.substr(in + kIn.size());
  }
}

SbomComponent component_of(const Json& package) {
  SbomComponent component{.name = text_member_of(package, "name"),
                          .version = text_member_of(package, "versionInfo"),
                          .purl = purl_of(package),
                          .module = property(package, "Modularitylabel"),
                          .path = property(package, "FilePath"),
                          .layer = property(package, "LayerDigest")};
  read_source_info(text_member_of(package, "sourceInfo"), component);
  return component;
}

bool is_other(const Json& package, const std::set<std::string>& described) {
  const std::string id = text_member_of(package, "SPDXID");
  return std::ranges::find(kOtherPurposes, text_member_of(package, "primaryPackagePurpose")) != kOtherPurposes.end() ||
         std::ranges::any_of(kOtherIds, [&](std::string_view prefix) { return id.starts_with(prefix); }) ||
         described.contains(id);
}

// What the document is about.
std::set<std::string> described_by(const Json& document) {
  std::set<std::string> ids;
  for (const Json& id : list_of(document, "documentDescribes")) {
    if (id.is_string()) ids.insert(id.get<std::string>());
  }
  for (const Json& one : list_of(document, "relationships")) {
    if (text_member_of(one, "relationshipType") == "DESCRIBES") ids.insert(text_member_of(one, "relatedSpdxElement"));
  }
  return ids;
}

// Pratique writes of it also what the form has no field for.
Distribution distribution_of(const Json& package) {
  Distribution distribution =
      distribution_called(text_member_of(package, "name"), text_member_of(package, "versionInfo"));
  distribution.pretty_name = text_member_of(package, "description");
  const std::string comment = text_member_of(package, "comment");
  if (comment.starts_with(kCodename)) distribution.codename = comment.substr(kCodename.size());
  return distribution;
}

// That which the document is about.
bool is_image(const Json& package, const std::set<std::string>& described) {
  return described.contains(text_member_of(package, "SPDXID")) &&
         (text_member_of(package, "primaryPackagePurpose") == "CONTAINER" ||
          text_member_of(package, "versionInfo").starts_with("sha256:"));
}

bool is_distribution(const Json& package) {
  return text_member_of(package, "primaryPackagePurpose") == "OPERATING-SYSTEM" ||
         text_member_of(package, "SPDXID").starts_with("SPDXRef-OperatingSystem");
}

}  // namespace

SbomDocument read_spdx(const Json& document) {
  if (!text_member_of(document, "spdxVersion").starts_with("SPDX-2.")) {
    throw base::ParseError("SPDX of a version other than 2.x");
  }
  SbomDocument result;
  result.is_incomplete = text_member_of(document, "comment").starts_with(kIncomplete);
  const std::set<std::string> described = described_by(document);
  for (const Json& package : list_of(document, "packages")) {
    const std::string version = text_member_of(package, "versionInfo");
    if (is_distribution(package)) {
      result.distribution = distribution_of(package);
    } else if (is_image(package, described)) {
      if (version.starts_with("sha256:")) result.digest = version;
    } else if (!purl_of(package).empty() || !is_other(package, described)) {
      add_component(component_of(package), result);
    }
  }
  return result;
}

}  // namespace scanner::inventory

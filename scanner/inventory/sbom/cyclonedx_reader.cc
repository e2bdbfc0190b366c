// CycloneDX 1.x, https://cyclonedx.org/docs/1.6/json/, with the properties that Trivy, syft and Pratique write for what
// the form has no field for.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "scanner/inventory/json_file.h"
#include "scanner/inventory/limits.h"
#include "scanner/inventory/sbom/sbom_document.h"

namespace scanner::inventory {
namespace {

using Json = nlohmann::json;

// Such components are no packages unless they have a package URL: images, files, the node under which a lock file's
// packages stand.
constexpr std::array<std::string_view, 4> kPackageTypes = {"library", "framework", "", "platform"};

// The value of the first of the component's properties that there is.
std::string property(const Json& component, std::initializer_list<std::string_view> names) {
  const Json& properties = member_of(component, "properties");
  if (!properties.is_array()) return {};
  for (const std::string_view name : names) {
    for (const Json& one : properties) {
      if (text_member_of(one, "name") == name) return text_member_of(one, "value");
    }
  }
  return {};
}

// Trivy tells the parts of a source's version one by one.
std::string source_version_of(const Json& component) {
  std::string version = property(component, {"pratique:sourceVersion", "aquasecurity:trivy:SrcVersion"});
  const std::string release = property(component, {"aquasecurity:trivy:SrcRelease"});
  const std::string epoch = property(component, {"aquasecurity:trivy:SrcEpoch"});
  if (!version.empty() && !release.empty()) version += "-" + release;
  return version.empty() || epoch.empty() || epoch == "0" ? version : epoch + ":" + version;
}

SbomComponent component_of(const Json& component) {
  return {.name = text_member_of(component, "name"),
          .version = text_member_of(component, "version"),
          .purl = text_member_of(component, "purl"),
          .source = property(component, {"pratique:source", "aquasecurity:trivy:SrcName"}),
          .source_version = source_version_of(component),
          .module = property(
              component, {"pratique:module", "aquasecurity:trivy:Modularitylabel", "syft:metadata:modularityLabel"}),
          .path = property(component, {"pratique:path", "aquasecurity:trivy:FilePath", "syft:location:0:path"}),
          .layer = property(component, {"pratique:layer", "aquasecurity:trivy:LayerDigest"}),
          .found_by = property(component, {"pratique:foundBy"})};
}

Distribution distribution_of(const Json& component) {
  const std::string id = property(component, {"syft:distro:id"});
  const std::string version = property(component, {"syft:distro:versionID"});
  Distribution distribution = distribution_called(id.empty() ? text_member_of(component, "name") : id,
                                                  version.empty() ? text_member_of(component, "version") : version);
  distribution.codename = property(component, {"pratique:codename", "syft:distro:versionCodename"});
  distribution.pretty_name = text_member_of(component, "description");
  return distribution;
}

void take_component(const Json& component, SbomDocument& document) {
  const std::string type = text_member_of(component, "type");
  const bool has_purl = !text_member_of(component, "purl").empty();
  if (type == "operating-system") {
    if (document.distribution.id.empty()) document.distribution = distribution_of(component);
  } else if (has_purl || std::ranges::find(kPackageTypes, type) != kPackageTypes.end()) {
    add_component(component_of(component), document);
  }
}

// Components may have components; the document's depth is bounded.
void add_components(const Json& components, SbomDocument& document) {
  if (!components.is_array()) return;
  for (const Json& component : components) {
    take_component(component, document);
    add_components(member_of(component, "components"), document);
  }
}

std::string digest_of(const Json& subject) {
  const std::string version = text_member_of(subject, "version");
  return version.starts_with("sha256:") ? version : std::string();
}

bool says_incomplete(const Json& document) {
  if (property(member_of(document, "metadata"), {"pratique:complete"}) == "false") return true;
  const Json& compositions = member_of(document, "compositions");
  return compositions.is_array() && std::any_of(compositions.begin(), compositions.end(), [](const Json& one) {
           return text_member_of(one, "aggregate").starts_with("incomplete");
         });
}

}  // namespace

SbomDocument read_cyclonedx(const Json& document) {
  SbomDocument result;
  const Json& subject = member_of(member_of(document, "metadata"), "component");
  result.digest = digest_of(subject);
  // What the document is about is a package, too, unless it is an image.
  const bool is_image = !result.digest.empty() || text_member_of(subject, "type") == "container";
  if (!text_member_of(subject, "purl").empty() && !is_image) take_component(subject, result);
  add_components(member_of(subject, "components"), result);
  add_components(member_of(document, "components"), result);
  result.is_incomplete = says_incomplete(document);
  return result;
}

}  // namespace scanner::inventory

#include "tests/cli/foreign_sboms.h"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "base/purl.h"

namespace tests {
namespace {

using Json = nlohmann::json;

const std::set<std::string> kSystemTypes = {"deb", "rpm", "apk"};

// An installed package of a scan's JSON.
struct Installed {
  std::string type;
  std::string name;
  std::string version;
  std::string source;
  std::string source_version;
  std::string architecture;
  std::string module;
  std::string purl;
  std::string path;
  std::string layer;

  [[nodiscard]] bool is_system() const { return kSystemTypes.contains(type); }
};

std::vector<Installed> packages_of(const Json& scan) {
  std::vector<Installed> packages;
  for (const Json& one : scan.at("packages")) {
    packages.push_back({.type = one.at("type"),
                        .name = one.at("name"),
                        .version = one.at("version"),
                        .source = one.at("source"),
                        .source_version = one.at("sourceVersion"),
                        .architecture = one.at("architecture"),
                        .module = one.at("module"),
                        .purl = one.at("purl"),
                        .path = one.at("path"),
                        .layer = one.at("layer")});
  }
  return packages;
}

struct Version {
  std::string epoch;  // empty: none
  std::string rest;   // with its release

  [[nodiscard]] std::string upstream() const { return rest.substr(0, rest.rfind('-')); }
  [[nodiscard]] std::string release() const {
    return rest.find('-') == std::string::npos ? "" : rest.substr(rest.rfind('-') + 1);
  }
};

Version split(const std::string& version) {
  const std::size_t colon = version.find(':');
  if (colon == std::string::npos) return {.epoch = {}, .rest = version};
  return {.epoch = version.substr(0, colon), .rest = version.substr(colon + 1)};
}

Json property(const std::string& name, const std::string& value) {
  return {{"name", name}, {"value", value}};
}

// Trivy's names of families, which are also its namespaces.
std::string trivy_family(const std::string& id) {
  if (id == "rhel") return "redhat";
  if (id == "almalinux") return "alma";
  if (id == "ol") return "oracle";
  return id == "amzn" ? "amazon" : id;
}

// "pkg:deb/debian/bsdutils@2.38.1-5?arch=amd64&distro=debian-12&epoch=1"; of Alpine's the distro is the release alone.
std::string trivy_purl(const Installed& package, const Json& distribution) {
  const std::string family = trivy_family(distribution.at("id"));
  const std::string release = distribution.at("versionId");
  const std::string distro = package.type == "apk" ? release : family + "-" + release;
  const Version version = split(package.version);
  return base::write_purl(
      {.type = package.type,
       .space = family,
       .name = package.name,
       .version = version.rest,
       .qualifiers = {{"arch", package.architecture}, {"distro", distro}, {"epoch", version.epoch}}});
}

std::vector<std::pair<std::string, std::string>> trivy_properties(const Installed& package) {
  const Version source = split(package.source_version);
  const bool is_apk = package.type == "apk";
  return {{"LayerDigest", package.layer},
          {"PkgID", package.name + "@" + package.version},
          {"SrcName", package.source},
          {"SrcVersion", is_apk ? source.rest : source.upstream()},
          {"SrcRelease", is_apk ? "" : source.release()},
          {"SrcEpoch", source.epoch},
          {"Modularitylabel", package.module.empty() ? "" : package.module + ":9020230308:rhel9"}};
}

Json trivy_component(const Installed& package, const Json& distribution) {
  if (!package.is_system()) {
    return {{"type", "library"}, {"name", package.name}, {"version", package.version}, {"purl", package.purl}};
  }
  Json properties = Json::array();
  for (const auto& [name, value] : trivy_properties(package)) {
    if (!value.empty()) properties.push_back(property("aquasecurity:trivy:" + name, value));
  }
  return {{"type", "library"},
          {"name", package.name},
          {"version", package.version},
          {"purl", trivy_purl(package, distribution)},
          {"properties", properties}};
}

Json purl_reference(const std::string& purl) {
  return Json::array(
      {{{"referenceCategory", "PACKAGE-MANAGER"}, {"referenceType", "purl"}, {"referenceLocator", purl}}});
}

// Of what CycloneDX has as properties SPDX has three: the source stands in a sentence.
Json trivy_spdx_package(const Installed& package, const Json& distribution) {
  Json result = {{"name", package.name}, {"versionInfo", package.version}, {"primaryPackagePurpose", "LIBRARY"}};
  result["SPDXID"] = fmt::format("SPDXRef-Package-{}", package.name);
  result["externalRefs"] = purl_reference(package.is_system() ? trivy_purl(package, distribution) : package.purl);
  if (!package.is_system()) return result;
  result["sourceInfo"] = fmt::format("built package from: {} {}", package.source, package.source_version);
  for (const auto& [name, value] : trivy_properties(package)) {
    if (value.empty() || name.starts_with("Src")) continue;
    result["annotations"].push_back(
        {{"annotationType", "OTHER"}, {"annotator", "Tool: trivy-0.58.0"}, {"comment", name + ": " + value}});
  }
  return result;
}

std::string syft_namespace(const std::string& id) {
  if (id == "rhel") return "redhat";
  return id == "opensuse-leap" ? "opensuse" : id;
}

// "pkg:rpm/redhat/npm@8.19-1?arch=x86_64&distro=rhel-9.2&epoch=1&rpmmod=nodejs:18&upstream=nodejs-18.12-2.src.rpm"
std::string syft_purl(const Installed& package, const Json& distribution) {
  const std::string id = distribution.at("id");
  const std::string release = distribution.at("versionId");
  const std::string distro = release.empty() ? id : id + "-" + release;
  const bool is_rpm = package.type == "rpm";
  const Version version = split(package.version);
  std::string upstream;
  if (is_rpm) {
    upstream = fmt::format("{}-{}.src.rpm", package.source, split(package.source_version).rest);
  } else if (package.source_version != package.version) {
    upstream = fmt::format("{}@{}", package.source, package.source_version);
  } else if (package.source != package.name) {
    upstream = package.source;
  }
  return base::write_purl({.type = package.type,
                           .space = syft_namespace(id),
                           .name = package.name,
                           .version = is_rpm ? version.rest : package.version,
                           .qualifiers = {{"arch", package.architecture},
                                          {"distro", distro},
                                          {"epoch", is_rpm ? version.epoch : ""},
                                          {"rpmmod", package.module},
                                          {"upstream", upstream}}});
}

Json syft_component(const Installed& package, const Json& distribution) {
  const std::string purl = package.is_system() ? syft_purl(package, distribution) : package.purl;
  Json properties =
      Json::array({property("syft:package:type", package.type), property("syft:location:0:layerID", package.layer),
                   property("syft:location:0:path", "/" + package.path)});
  if (package.type == "deb") properties.push_back(property("syft:metadata:source", package.source));
  return {{"type", "library"},    {"bom-ref", purl + "&package-id=4ae2ad3a1b2c"},
          {"name", package.name}, {"version", package.version},
          {"purl", purl},         {"properties", properties}};
}

Json syft_operating_system(const Json& distribution) {
  const std::string id = distribution.at("id");
  return {{"type", "operating-system"},
          {"bom-ref", "os:" + id},
          {"name", id},
          {"version", distribution.at("versionId")},
          {"description", distribution.at("prettyName")},
          {"properties",
           {property("syft:distro:id", id), property("syft:distro:prettyName", distribution.at("prettyName")),
            property("syft:distro:versionCodename", distribution.at("codename")),
            property("syft:distro:versionID", distribution.at("versionId"))}}};
}

Json image_component() {
  return {{"type", "container"}, {"name", "registry.example.org/shop/web:1"}, {"bom-ref", "af63bd4c8601b7f1"}};
}

Json cyclonedx(const std::string& version, Json components) {
  return {{"bomFormat", "CycloneDX"},
          {"specVersion", version},
          {"version", 1},
          {"metadata", {{"component", image_component()}}},
          {"components", std::move(components)}};
}

Json spdx(Json packages) {
  packages.push_back({{"SPDXID", "SPDXRef-Image"},
                      {"name", "registry.example.org/shop/web"},
                      {"primaryPackagePurpose", "CONTAINER"},
                      {"externalRefs", purl_reference("pkg:oci/web@sha256%3A00?tag=1")}});
  return {{"spdxVersion", "SPDX-2.3"},
          {"packages", std::move(packages)},
          {"relationships", Json::array({{{"spdxElementId", "SPDXRef-DOCUMENT"},
                                          {"relationshipType", "DESCRIBES"},
                                          {"relatedSpdxElement", "SPDXRef-Image"}}})}};
}

}  // namespace

std::string trivy_cyclonedx(const Json& scan) {
  const Json& distribution = scan.at("distribution");
  Json components = Json::array();
  for (const Installed& package : packages_of(scan)) components.push_back(trivy_component(package, distribution));
  components.push_back({{"type", "operating-system"},
                        {"name", trivy_family(distribution.at("id"))},
                        {"version", distribution.at("versionId")},
                        {"properties", Json::array({property("aquasecurity:trivy:Class", "os-pkgs")})}});
  return cyclonedx("1.6", std::move(components)).dump();
}

std::string trivy_spdx(const Json& scan) {
  const Json& distribution = scan.at("distribution");
  Json packages = Json::array();
  for (const Installed& package : packages_of(scan)) packages.push_back(trivy_spdx_package(package, distribution));
  packages.push_back({{"SPDXID", "SPDXRef-OperatingSystem-3b6a2f0d4c5e6f70"},
                      {"name", trivy_family(distribution.at("id"))},
                      {"versionInfo", distribution.at("versionId")},
                      {"primaryPackagePurpose", "OPERATING-SYSTEM"}});
  return spdx(std::move(packages)).dump();
}

std::string syft_cyclonedx(const Json& scan) {
  Json components = Json::array();
  for (const Installed& package : packages_of(scan)) {
    components.push_back(syft_component(package, scan.at("distribution")));
  }
  components.push_back(syft_operating_system(scan.at("distribution")));
  // Files have no package URL and are no packages.
  components.push_back({{"type", "file"}, {"name", "/etc/passwd"}});
  return cyclonedx("1.6", std::move(components)).dump();
}

// The distribution stands in the package URLs alone.
std::string syft_spdx(const Json& scan) {
  Json packages = Json::array();
  for (const Installed& package : packages_of(scan)) {
    const std::string purl = package.is_system() ? syft_purl(package, scan.at("distribution")) : package.purl;
    packages.push_back({{"SPDXID", "SPDXRef-Package-" + package.name},
                        {"name", package.name},
                        {"versionInfo", package.version},
                        {"sourceInfo", "acquired package info from the following paths: /" + package.path},
                        {"externalRefs", purl_reference(purl)}});
  }
  return spdx(std::move(packages)).dump();
}

}  // namespace tests

#include "scanner/inventory/sbom/sbom_packages.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/purl.h"
#include "scanner/inventory/language_package.h"
#include "scanner/inventory/limits.h"
#include "scanner/inventory/python/python_extractor.h"
#include "scanner/inventory/rpm/source_rpm.h"
#include "scanner/inventory/runtimes/runtime_programs.h"
#include "scanner/inventory/system_package.h"

namespace scanner::inventory {
namespace {

// os-release's names of distributions that others call otherwise.
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kDistributionNames{
    {{"redhat", "rhel"},
     {"alma", "almalinux"},
     {"oracle", "ol"},
     {"oraclelinux", "ol"},
     {"amazon", "amzn"},
     {"amazonlinux", "amzn"},
     {"rockylinux", "rocky"},
     {"cbl-mariner", "mariner"},
     {"slem", "sle-micro"},
     {"openeuler", "openEuler"},
     {"opensuse.leap", "opensuse-leap"},
     {"opensuse.tumbleweed", "opensuse-tumbleweed"}}};

constexpr std::string_view kPortageType = "ebuild";

// An image is a package to purl, and what this document is about.
constexpr std::array<std::string_view, 2> kImageTypes = {"oci", "docker"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string with_epoch(std::string version, std::string_view epoch) {
  if (version.empty() || epoch.empty() || epoch == "0" || version.find(':') != std::string::npos) return version;
  return std::string(epoch) + ":" + version;
}

struct Source {
  std::string name;
  std::string version;
};

// "upstream=glibc@2.36-9" (syft, grype, Pratique), "upstream=acl-2.2.53-1.el8.src.rpm" (syft), "source=" and "origin="
// (scalibr); the writer's own fields count before them.
Source source_of(const SbomComponent& component, const base::Purl& purl) {
  if (!component.source.empty()) return {.name = component.source, .version = component.source_version};
  const std::string_view upstream = purl.qualifier("upstream");
  if (const SourceRpm rpm = parse_source_rpm(upstream); !rpm.name.empty()) {
    return {.name = std::string(rpm.name), .version = with_epoch(std::string(rpm.version), purl.qualifier("epoch"))};
  }
  if (!upstream.empty()) {
    const std::size_t at = upstream.find('@');
    const bool has_version = at != std::string_view::npos;
    return {.name = std::string(upstream.substr(0, at)),
            .version = has_version ? std::string(upstream.substr(at + 1)) : component.source_version};
  }
  for (const std::string_view key : {"source", "origin"}) {
    if (!purl.qualifier(key).empty()) {
      return {.name = std::string(purl.qualifier(key)), .version = std::string(purl.qualifier("sourceversion"))};
    }
  }
  return {.name = {}, .version = component.source_version};
}

void add_system(const SbomComponent& component, const base::Purl& purl, const std::string& where,
                Extraction& extraction, BrokenParts& broken) {
  const std::string& told = purl.version.empty() ? component.version : purl.version;
  const std::string version = with_epoch(told, purl.qualifier("epoch"));
  const Source source = source_of(component, purl);
  const bool has_category = purl.type == kPortageType && !purl.space.empty();
  const std::string_view module = component.module.empty() ? purl.qualifier("rpmmod") : component.module;
  add_system_package({.type = purl.type,
                      .name = has_category ? purl.space + "/" + purl.name : purl.name,
                      .version = version,
                      .architecture = purl.qualifier("arch"),
                      .source = source.name,
                      .source_version = source.version,
                      .module = module_stream_of(module)},
                     where, extraction, broken);
}

// The name under which advisories know it.
std::string advisory_name(const base::Purl& purl) {
  if (purl.type == "pypi") return normalised_python_name(purl.name);
  if (purl.space.empty()) return purl.name;
  return purl.space + (purl.type == "maven" ? ":" : "/") + purl.name;
}

void add_language(const SbomComponent& component, const base::Purl& purl, const std::string& where,
                  Extraction& extraction, BrokenParts& broken) {
  const std::string name = advisory_name(purl);
  const std::string& version = purl.version.empty() ? component.version : purl.version;
  if (!is_name(name)) return broken.add(where, "a package without a readable name");
  if (!is_version(version)) return broken.add(where, fmt::format("package {} has no readable version", name));
  if (purl.type == "generic" && is_runtime(name)) {
    extraction.packages.push_back(runtime_package(name, version));
    return;
  }
  extraction.packages.push_back(
      language_package(name, {.type = purl.type,
                              .space = purl.space,
                              .name = purl.type == "pypi" ? std::string_view(name) : std::string_view(purl.name),
                              .version = version,
                              .qualifiers = {}}));
}

}  // namespace

Distribution distribution_called(std::string_view name, std::string_view version) {
  std::string id(name);
  std::ranges::transform(id, id.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const auto& [other, own] : kDistributionNames) {
    if (id == other) id = own;
  }
  return {.id = id, .version_id = std::string(version.substr(0, version.find(' '))), .codename = {}, .pretty_name = {}};
}

// "debian-12", "opensuse-leap-15.5"; scalibr writes the version or the code name alone.
Distribution distribution_of_purl(std::string_view text) {
  const std::optional<base::Purl> purl = base::parse_purl(text);
  if (!purl || !is_system_type(purl->type)) return {};
  const std::string_view distro = purl->qualifier("distro");
  for (std::size_t dash = distro.find('-'); dash != std::string_view::npos; dash = distro.find('-', dash + 1)) {
    if (dash + 1 < distro.size() && is_digit(distro[dash + 1])) {
      return distribution_called(distro.substr(0, dash), distro.substr(dash + 1));
    }
  }
  if (!distro.empty() && is_digit(distro.front())) return distribution_called(purl->space, distro);
  if (purl->type == kPortageType) return {};  // a category stands there
  Distribution distribution = distribution_called(purl->space, {});
  if (distro != purl->space) distribution.codename = distro;
  return distribution;
}

void add_component(SbomComponent component, SbomDocument& document) {
  if (document.components.size() < kPackagesMax) {
    document.components.push_back(std::move(component));
  } else {
    ++document.left_out;
  }
}

void add_component_package(const SbomComponent& component, std::size_t number, Extraction& extraction,
                           BrokenParts& broken) {
  const std::string where = fmt::format("component {}", number);
  const std::optional<base::Purl> purl = base::parse_purl(component.purl);
  if (!purl) return broken.add(where, fmt::format("\"{}\" has no readable package URL", component.name));
  if (std::ranges::find(kImageTypes, purl->type) != kImageTypes.end()) return;
  const std::size_t before = extraction.packages.size();
  if (is_system_type(purl->type)) {
    add_system(component, *purl, where, extraction, broken);
  } else {
    add_language(component, *purl, where, extraction, broken);
  }
  if (extraction.packages.size() == before) return;
  Package& package = extraction.packages.back();
  package.path = base::escape_text(component.path);
  package.layer = base::escape_text(component.layer);
  // What did not tell the package's source leaves it untold in an SBOM, too.
  if (component.found_by == kChiselExtractor) package.found_by = kChiselExtractor;
}

}  // namespace scanner::inventory

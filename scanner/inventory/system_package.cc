#include "scanner/inventory/system_package.h"

#include <fmt/format.h>

#include "scanner/inventory/purl.h"

namespace scanner::inventory {
namespace {

// Where no os-release names the distribution, the one that the package format comes from.
std::string_view purl_namespace(std::string_view type, const Distribution& distribution) {
  if (!distribution.id.empty()) return distribution.id;
  return type == "apk" ? "alpine" : "debian";
}

// What is wrong with the stanza, for a person; empty: nothing.
std::string problem_of(const SystemPackage& found, const Stanza& stanza) {
  if (!is_name(found.name)) return "a package without a readable name";
  if (!is_version(found.version)) return fmt::format("package {} has no readable version", found.name);
  if (stanza.broken_line != 0) return fmt::format("line {} of package {} is no field", stanza.broken_line, found.name);
  return {};
}

}  // namespace

void add_system_package(const SystemPackage& found, const Stanza& stanza, Extraction& extraction, BrokenParts& broken) {
  const std::string problem = problem_of(found, stanza);
  if (!problem.empty()) broken.add(fmt::format("stanza at line {}", stanza.line), problem);
  if (!is_name(found.name) || !is_version(found.version)) return;

  Package package{.type = std::string(found.type),
                  .name = std::string(found.name),
                  .version = std::string(found.version),
                  .architecture = is_name(found.architecture) ? std::string(found.architecture) : std::string()};
  if (is_name(found.source) && found.source != package.name) package.source = found.source;
  if (is_version(found.source_version) && found.source_version != package.version) {
    package.source_version = found.source_version;
  }
  extraction.packages.push_back(std::move(package));
}

std::string system_purl(const Package& package, const Distribution& distribution) {
  const std::string distro =
      distribution.version_id.empty() ? distribution.id : distribution.id + "-" + distribution.version_id;
  return write_purl({.type = package.type,
                     .space = purl_namespace(package.type, distribution),
                     .name = package.name,
                     .version = package.version,
                     .qualifiers = {{"arch", package.architecture}, {"distro", distro}}});
}

void check_not_cut_off(const ImageFile& file, BrokenParts& broken) {
  if (!file.content.empty() && !file.content.ends_with('\n')) broken.add("end of file", "the last line is cut off");
}

}  // namespace scanner::inventory

#include "scanner/inventory/system_package.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/purl.h"
#include "scanner/inventory/limits.h"

namespace scanner::inventory {
namespace {

// Where the type of a distribution's packages comes from: that distribution's name stands in a purl when no os-release
// names one.
struct SystemType {
  std::string_view purl_type;
  std::string_view home;
};
constexpr std::array kSystemTypes{SystemType{"deb", "debian"},   SystemType{"apk", "alpine"},
                                  SystemType{"rpm", "redhat"},   SystemType{"alpm", "arch"},
                                  SystemType{"opkg", "openwrt"}, SystemType{"ebuild", "gentoo"}};

// The states in which a package's files are there; "config-files" and "not-installed" are none of them.
constexpr std::array<std::string_view, 6> kStatesWithFiles = {
    "installed", "unpacked", "half-installed", "half-configured", "triggers-awaited", "triggers-pending"};

// purl's own words for some distributions.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kPurlNamespaces{
    {{"rhel", "redhat"}, {"opensuse-leap", "opensuse"}, {"opensuse-tumbleweed", "opensuse"}}};

std::string_view purl_namespace(std::string_view type, const Distribution& distribution) {
  for (const auto& [id, name] : kPurlNamespaces) {
    if (distribution.id == id) return name;
  }
  if (!distribution.id.empty()) return distribution.id;
  const auto* const found = std::ranges::find(kSystemTypes, type, &SystemType::purl_type);
  return found == kSystemTypes.end() ? type : found->home;
}

}  // namespace

bool has_files_installed(std::string_view status) {
  if (status.empty()) return true;
  const std::string_view state = status.substr(status.find_last_of(' ') + 1);
  return std::ranges::find(kStatesWithFiles, state) != kStatesWithFiles.end();
}

bool is_system_type(std::string_view purl_type) {
  return std::ranges::find(kSystemTypes, purl_type, &SystemType::purl_type) != kSystemTypes.end();
}

void add_system_package(const SystemPackage& found, const std::string& where, Extraction& extraction,
                        BrokenParts& broken) {
  if (!is_name(found.name)) return broken.add(where, "a package without a readable name");
  if (!is_version(found.version)) {
    return broken.add(where, fmt::format("package {} has no readable version", found.name));
  }
  if (extraction.packages.size() >= kPackagesMax) return broken.leave_out();
  Package package{.type = std::string(found.type),
                  .name = std::string(found.name),
                  .version = std::string(found.version),
                  .architecture = is_name(found.architecture) ? std::string(found.architecture) : std::string(),
                  .module = is_name(found.module) ? std::string(found.module) : std::string()};
  if (is_name(found.source) && found.source != package.name) package.source = found.source;
  if (is_version(found.source_version) && found.source_version != package.version) {
    package.source_version = found.source_version;
  }
  extraction.packages.push_back(std::move(package));
}

void add_stanza_package(const SystemPackage& found, const Stanza& stanza, Extraction& extraction, BrokenParts& broken) {
  const std::string where = fmt::format("stanza at line {}", stanza.line);
  if (stanza.broken_line != 0 && is_name(found.name) && is_version(found.version)) {
    broken.add(where, fmt::format("line {} of package {} is no field", stanza.broken_line, found.name));
  }
  add_system_package(found, where, extraction, broken);
}

std::string system_purl(const Package& package, const Distribution& distribution) {
  const std::string distro =
      distribution.version_id.empty() ? distribution.id : distribution.id + "-" + distribution.version_id;
  // Portage's packages are named by their category, and not by the distribution.
  const std::size_t slash = package.type == "ebuild" ? package.name.find('/') : std::string::npos;
  const bool has_category = slash != std::string::npos;
  const std::string_view name = package.name;
  // An rpm's epoch is no part of a purl's version.
  const std::string_view version = package.version;
  const std::size_t colon = package.type == "rpm" ? version.find(':') : std::string_view::npos;
  const std::string_view epoch = colon == std::string_view::npos ? std::string_view{} : version.substr(0, colon);
  return base::write_purl({.type = package.type,
                           .space = has_category ? name.substr(0, slash) : purl_namespace(package.type, distribution),
                           .name = has_category ? name.substr(slash + 1) : name,
                           .version = version.substr(epoch.empty() ? 0 : colon + 1),
                           .qualifiers = {{"arch", package.architecture}, {"distro", distro}, {"epoch", epoch}}});
}

void check_not_cut_off(const ImageFile& file, BrokenParts& broken) {
  if (!file.content.empty() && !file.content.ends_with('\n')) broken.add("end of file", "the last line is cut off");
}

}  // namespace scanner::inventory

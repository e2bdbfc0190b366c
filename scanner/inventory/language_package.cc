#include "scanner/inventory/language_package.h"

#include <fmt/format.h>

#include "scanner/inventory/limits.h"

namespace scanner::inventory {
namespace {

base::PurlParts parts_of(std::string_view type, std::string_view name, std::string_view version) {
  const std::size_t split = name.rfind(type == "maven" ? ':' : '/');
  if (split == std::string_view::npos || split + 1 == name.size()) {
    return {.type = type, .space = {}, .name = name, .version = version, .qualifiers = {}};
  }
  return {.type = type,
          .space = name.substr(0, split),
          .name = name.substr(split + 1),
          .version = version,
          .qualifiers = {}};
}

}  // namespace

Package language_package(std::string_view name, const base::PurlParts& purl) {
  return {.type = std::string(purl.type),
          .name = std::string(name),
          .version = std::string(purl.version),
          .purl = base::write_purl(purl)};
}

void LanguagePackages::add(std::string_view name, std::string_view version, std::string_view unit, std::size_t number,
                           std::string_view inner_path) {
  if (!is_name(name)) return broken_.add(fmt::format("{} {}", unit, number), "a package without a readable name");
  if (!is_version(version)) {
    return broken_.add(fmt::format("{} {}", unit, number), fmt::format("package {} has no readable version", name));
  }
  if (extraction_.packages.size() >= kPackagesMax) return broken_.leave_out();
  Package& package = extraction_.packages.emplace_back(language_package(name, parts_of(purl_type_, name, version)));
  package.path = inner_path;
}

Extraction LanguagePackages::take(std::string_view path) {
  broken_.append_to(extraction_.warnings, path);
  return std::move(extraction_);
}

}  // namespace scanner::inventory

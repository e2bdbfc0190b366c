// node_modules/NAME/package.json and node_modules/@SCOPE/NAME/package.json, at any depth. A package.json deeper inside
// a package is its own business (a module type, a test fixture), as is one without a name or version.
// https://docs.npmjs.com/cli/v10/configuring-npm/package-json
#include "scanner/inventory/npm/npm_extractor.h"

#include <algorithm>

#include "base/error.h"
#include "scanner/inventory/language_package.h"
#include "scanner/inventory/npm/package_json.h"
#include "scanner/inventory/package_text.h"

namespace scanner::inventory {
namespace {

constexpr std::string_view kFolder = "node_modules/";
constexpr std::string_view kFile = "/package.json";

// "@angular/core" -> "@angular", "core".
base::PurlParts purl_parts(const PackageJson& json) {
  base::PurlParts parts{.type = "npm", .space = {}, .name = json.name, .version = json.version, .qualifiers = {}};
  const std::size_t slash = json.name.find('/');
  if (slash == std::string::npos) return parts;
  parts.space = parts.name.substr(0, slash);
  parts.name = parts.name.substr(slash + 1);
  return parts;
}

// "lodash" or "@angular/core".
bool is_package_name(std::string_view name) {
  if (!is_name(name) || name.front() == '/' || name.back() == '/') return false;
  const auto slashes = std::count(name.begin(), name.end(), '/');
  return slashes == (name.starts_with('@') ? 1 : 0);
}

}  // namespace

std::vector<std::string_view> NpmExtractor::endings() const {
  return {kFile};
}

bool NpmExtractor::wants(std::string_view path) const {
  if (!path.ends_with(kFile)) return false;
  const std::size_t folder = path.rfind(kFolder);
  if (folder == std::string_view::npos || (folder > 0 && path[folder - 1] != '/')) return false;
  const std::size_t start = folder + kFolder.size();
  if (start + kFile.size() >= path.size()) return false;
  const std::string_view name = path.substr(start, path.size() - kFile.size() - start);
  return is_package_name(name) && name.front() != '.';
}

Extraction NpmExtractor::extract(const ImageFile& file) const {
  const PackageJson json = parse_package_json(file.content);
  if (json.name.empty() || json.version.empty()) return {};
  if (!is_package_name(json.name)) throw base::ParseError("package.json with a name that is none");
  if (!is_version(json.version)) throw base::ParseError("package.json with a version that is none");
  return {.packages = {language_package(json.name, purl_parts(json))}};
}

}  // namespace scanner::inventory

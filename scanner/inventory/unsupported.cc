#include "scanner/inventory/unsupported.h"

#include <algorithm>
#include <utility>

namespace scanner::inventory {
namespace {

using Rule = std::pair<std::string_view, std::string_view>;

constexpr Rule kPaths[] = {
    {"var/lib/opkg/status", "opkg database"},
    {"usr/lib/opkg/status", "opkg database"},
};

// Names of files that tell what was or will be installed beside them.
constexpr Rule kNames[] = {
    {"package-lock.json", "npm lock file"},
    {"npm-shrinkwrap.json", "npm lock file"},
    {"yarn.lock", "npm lock file"},
    {"pnpm-lock.yaml", "npm lock file"},
    {"bun.lock", "npm lock file"},
    {"bun.lockb", "npm lock file"},
    {"Cargo.lock", "Rust lock file"},
    {"Gemfile.lock", "Ruby lock file"},
    {"gems.locked", "Ruby lock file"},
    {"composer.lock", "PHP lock file"},
    {"poetry.lock", "Python lock file"},
    {"Pipfile.lock", "Python lock file"},
    {"pdm.lock", "Python lock file"},
    {"uv.lock", "Python lock file"},
    {"packages.lock.json", ".NET lock file"},
    {"gradle.lockfile", "Java lock file"},
    {"mix.lock", "Elixir lock file"},
    {"pubspec.lock", "Dart lock file"},
    {"Package.resolved", "Swift lock file"},
    {"Podfile.lock", "CocoaPods lock file"},
    {"conan.lock", "Conan lock file"},
    {"stack.yaml.lock", "Haskell lock file"},
    {"renv.lock", "R lock file"},
};

constexpr Rule kEndings[] = {
    {".egg", "zipped Python egg"},
    {".deps.json", ".NET dependencies"},
    {"/vendor/composer/installed.json", "installed PHP packages"},
};

// A lock file below one of these was shipped by a package, which used it where it was built.
constexpr std::string_view kPackageFolders[] = {"node_modules/", "site-packages/", "dist-packages/"};

bool is_in_package_folder(std::string_view path) {
  return std::any_of(std::begin(kPackageFolders), std::end(kPackageFolders),
                     [&](std::string_view folder) { return path.find(folder) != std::string_view::npos; });
}

std::string_view installed_by_convention(std::string_view path) {
  if (path.ends_with(".gemspec") && path.find("/specifications/") != std::string_view::npos) return "Ruby gem";
  if (path.ends_with(".json") && path.find("conda-meta/") != std::string_view::npos) return "conda package";
  if (path.starts_with("var/lib/pacman/local/") && path.ends_with("/desc")) return "pacman database";
  if (path.starts_with("var/db/pkg/") && path.ends_with("/CONTENTS")) return "portage database";
  return {};
}

}  // namespace

std::string_view recognise_unsupported(std::string_view path) {
  for (const auto& [ending, kind] : kEndings) {
    if (path.ends_with(ending)) return kind;
  }
  const std::string_view name = path.substr(path.rfind('/') + 1);
  for (const auto& [lock_file, kind] : kNames) {
    if (name == lock_file) return is_in_package_folder(path) ? std::string_view{} : kind;
  }
  for (const auto& [database, kind] : kPaths) {
    if (path == database) return kind;
  }
  return installed_by_convention(path);
}

}  // namespace scanner::inventory

#include "scanner/inventory/unsupported.h"

#include <algorithm>
#include <utility>

#include "scanner/inventory/language_files.h"

namespace scanner::inventory {
namespace {

using Rule = std::pair<std::string_view, std::string_view>;

constexpr Rule kPaths[] = {
    {"var/lib/opkg/status", "opkg database"},
    {"usr/lib/opkg/status", "opkg database"},
};

// Names of files that tell what was or will be installed beside them.
constexpr Rule kNames[] = {
    {"bun.lockb", "npm lock file"},
    {"Podfile.lock", "CocoaPods lock file"},
};

std::string_view installed_by_convention(std::string_view path) {
  if (path.starts_with("var/db/pkg/") && path.ends_with("/CONTENTS")) return "portage database";
  return {};
}

}  // namespace

std::string_view recognise_unsupported(std::string_view path) {
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

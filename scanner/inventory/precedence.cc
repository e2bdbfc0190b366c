#include "scanner/inventory/precedence.h"

#include <array>

#include "scanner/inventory/os_release.h"
#include "scanner/inventory/owned_files.h"
#include "scanner/inventory/system_package.h"

namespace scanner::inventory {
namespace {

// Installed into folders of the interpreter, wherever the program with its lock file lies.
constexpr std::array<std::string_view, 2> kInstalledElsewhere = {"pypi", "gem"};

// Below which what was installed is believed before the file. That of an application that was unpacked lies beside its
// libraries, not above them.
std::string_view folder_of(std::string_view lock_file) {
  constexpr std::string_view kSboms = "META-INF/sbom/";
  const std::size_t sboms = lock_file.rfind(kSboms);
  return lock_file.substr(0, sboms == std::string_view::npos ? lock_file.rfind('/') + 1 : sboms);
}

std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

// Beside the folder of Composer's own list.
std::string composer_folder(std::string_view list, const std::string& package) {
  const std::string_view vendor = parent_of(parent_of(list));
  return vendor.empty() ? package : std::string(vendor) + "/" + package;
}

}  // namespace

Precedence::Precedence(const std::vector<ReadFile>& files, const Distribution& distribution) {
  const bool advisories_are_known = is_known(distribution);
  for (const ReadFile& file : files) {
    // Where nobody tells of the distribution's packages, what lies in them is better than nothing.
    if (advisories_are_known) owned_.insert(file.extraction->owned_files.begin(), file.extraction->owned_files.end());
    if (file.extraction->is_locked) continue;
    for (const Package& package : file.extraction->packages) {
      installed_[package.type].insert(file.path);
      if (package.type == "composer") composer_folders_.insert(composer_folder(file.path, package.name));
    }
  }
}

bool Precedence::counts(std::string_view purl_type, const ReadFile& file) const {
  if (is_system_type(purl_type)) return !file.extraction->is_locked || !installed_.contains(purl_type);
  if (is_owned(file) || is_lock_of_package(file)) return false;
  return !file.extraction->is_locked || !was_installed_beside(purl_type, file.path);
}

bool Precedence::is_owned(const ReadFile& file) const {
  return owned_.contains(comparable_path(file.path));
}

bool Precedence::is_lock_of_package(const ReadFile& file) const {
  if (!file.extraction->is_locked || composer_folders_.empty()) return false;
  for (std::string_view folder = parent_of(file.path); !folder.empty(); folder = parent_of(folder)) {
    if (composer_folders_.contains(folder)) return true;
  }
  return false;
}

bool Precedence::was_installed_beside(std::string_view purl_type, std::string_view lock_file) const {
  const auto paths = installed_.find(purl_type);
  if (paths == installed_.end()) return false;
  for (const std::string_view type : kInstalledElsewhere) {
    if (type == purl_type) return true;
  }
  const std::string_view folder = folder_of(lock_file);
  const auto below = paths->second.lower_bound(folder);
  return below != paths->second.end() && below->starts_with(folder);
}

}  // namespace scanner::inventory

#include "scanner/inventory/owned_files.h"

#include <algorithm>

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {
namespace {

constexpr std::string_view kProgramFolders[] = {"bin/", "libexec/"};

// Programs are told by their content. Libraries have ".so" in their names, or none of the endings that data have.
bool may_be_program(std::string_view path) {
  const auto contains = [path](std::string_view text) { return path.find(text) != std::string_view::npos; };
  if (std::any_of(std::begin(kProgramFolders), std::end(kProgramFolders), contains) || contains(".so")) return true;
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return (contains("lib/") || contains("lib64/")) &&
         (name.find('.') == std::string_view::npos || name.ends_with(".o") || name.ends_with(".ko"));
}

bool may_hold_packages(std::string_view path) {
  return may_be_program(path) ||
         std::ranges::any_of(all_extractors(), [path](const auto& extractor) { return extractor->wants(path); });
}

}  // namespace

std::string_view comparable_path(std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.starts_with("usr/")) path.remove_prefix(4);
  return path;
}

void add_owned_file(std::vector<std::string>& owned, std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  if (may_hold_packages(path)) owned.emplace_back(comparable_path(path));
}

}  // namespace scanner::inventory

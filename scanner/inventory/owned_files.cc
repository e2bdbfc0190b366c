#include "scanner/inventory/owned_files.h"

#include <algorithm>

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {
namespace {

// Programs are told by their content, so that any of them may be one that Go built.
constexpr std::string_view kProgramFolders[] = {"bin/", "libexec/"};

bool may_hold_packages(std::string_view path) {
  const auto contains = [path](std::string_view folder) { return path.find(folder) != std::string_view::npos; };
  return std::any_of(std::begin(kProgramFolders), std::end(kProgramFolders), contains) ||
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

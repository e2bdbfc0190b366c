#include "scanner/inventory/language_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "scanner/inventory/limits.h"

namespace scanner::inventory {
namespace {

// Installed, or unpacked by a tool that builds from sources.
constexpr std::string_view kPackageFolders[] = {"node_modules/",        "site-packages/", "dist-packages/",
                                                "/vendor/bundle/",      "/gems/",         "cargo/registry/src/",
                                                "cargo/git/checkouts/", "go/pkg/mod/",    ".nuget/packages/"};

// What passes over the lines that it does not know finds nothing wrong with noise, either.
void check_marks(const LanguageFile& kind, std::string_view content) {
  const auto has = [content](std::string_view mark) { return content.find(mark) != std::string_view::npos; };
  if (kind.marks.empty() || std::any_of(kind.marks.begin(), kind.marks.end(), has)) return;
  throw base::ParseError(fmt::format("no such file: \"{}\" is not in it", kind.marks.front()));
}

}  // namespace

bool is_in_package_folder(std::string_view path) {
  return std::any_of(std::begin(kPackageFolders), std::end(kPackageFolders),
                     [&](std::string_view folder) { return path.find(folder) != std::string_view::npos; });
}

bool is_path_of(const LanguageFile& file, std::string_view path) {
  const auto is_name = [&](std::string_view name) { return is_named(path, name); };
  const auto is_ending = [&](std::string_view ending) { return path.ends_with(ending); };
  return (std::ranges::any_of(file.names, is_name) || std::ranges::any_of(file.endings, is_ending)) &&
         (file.is_one == nullptr || file.is_one(path));
}

const LanguageFile* LanguageFiles::file_of(std::string_view path) const {
  for (const LanguageFile& file : ecosystem_.files) {
    if (!is_path_of(file, path)) continue;
    return file.evidence == Evidence::kLocked && is_in_package_folder(path) ? nullptr : &file;
  }
  return nullptr;
}

std::vector<std::string_view> LanguageFiles::endings() const {
  std::vector<std::string_view> endings;
  for (const LanguageFile& file : ecosystem_.files) {
    endings.insert(endings.end(), file.names.begin(), file.names.end());
    endings.insert(endings.end(), file.endings.begin(), file.endings.end());
  }
  return endings;
}

std::vector<std::string_view> LanguageFiles::example_paths() const {
  std::vector<std::string_view> paths;
  for (const LanguageFile& file : ecosystem_.files) paths.push_back(file.example);
  return paths;
}

Extraction LanguageFiles::extract(const ImageFile& file) const {
  const LanguageFile* const kind = file_of(file.path);
  CHECK(kind != nullptr);
  if (file.content.size() > kLanguageFileBytesMax) {
    throw base::ParseError(fmt::format("a package list of more than {} bytes", kLanguageFileBytesMax));
  }
  check_marks(*kind, file.content);
  LanguagePackages packages(ecosystem_.purl_type);
  kind->read(file, packages);
  Extraction extraction = packages.take(file.path);
  extraction.is_locked = kind->evidence == Evidence::kLocked;
  return extraction;
}

}  // namespace scanner::inventory

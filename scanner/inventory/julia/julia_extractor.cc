// Manifest.toml of Julia's package manager, https://pkgdocs.julialang.org/v1/toml-files/. Packages of the standard
// library have no version.
#include "scanner/inventory/language_files.h"
#include "scanner/inventory/toml_file.h"

namespace scanner::inventory {
namespace {

void read_manifest(const ImageFile& file, LanguagePackages& packages) {
  // Others name their files so, too.
  if (file.content.find("julia_version") == std::string_view::npos) return;
  for (const TomlPackage& package : toml_named_packages(file.content)) {
    if (!package.version.empty()) packages.add(package.name, package.version, "line", package.line);
  }
}

}  // namespace

std::unique_ptr<Extractor> make_julia_extractor() {
  return std::make_unique<LanguageFiles>(LanguageFiles::Ecosystem{
      .name = "julia",
      .purl_type = "julia",
      .files = {{.is_one = [](std::string_view path) { return is_named(path, "Manifest.toml"); },
                 .evidence = Evidence::kLocked,
                 .read = read_manifest}}});
}

}  // namespace scanner::inventory

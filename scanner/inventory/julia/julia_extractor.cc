// Manifest.toml of Julia's package manager, also as JuliaManifest.toml and for one release of Julia
// (Manifest-v1.11.toml): https://pkgdocs.julialang.org/v1/toml-files/. Packages of the standard library have no
// version.
#include "scanner/inventory/language_files.h"
#include "scanner/inventory/toml_file.h"

namespace scanner::inventory {
namespace {

// The first format says nothing of itself; each package has an id.
bool is_julias(std::string_view content) {
  return content.find("julia_version") != std::string_view::npos || content.find("uuid = ") != std::string_view::npos;
}

void read_manifest(const ImageFile& file, LanguagePackages& packages) {
  // Others name their files so, too.
  if (!is_julias(file.content)) return;
  for (const TomlPackage& package : toml_named_packages(file.content)) {
    if (!package.version.empty()) packages.add(package.name, package.version, "line", package.line);
  }
}

constexpr std::string_view kToml = ".toml";

bool is_manifest(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);
  name.remove_suffix(kToml.size());
  if (name.starts_with("Julia")) name.remove_prefix(std::string_view("Julia").size());
  if (!name.starts_with("Manifest")) return false;
  name.remove_prefix(std::string_view("Manifest").size());
  return name.empty() || (name.starts_with("-v") && name.find_first_not_of("0123456789.", 2) == std::string_view::npos);
}

}  // namespace

std::unique_ptr<Extractor> make_julia_extractor() {
  return std::make_unique<LanguageFiles>(LanguageFiles::Ecosystem{.name = "julia",
                                                                  .version = 2,
                                                                  .purl_type = "julia",
                                                                  .files = {{.example = "Manifest.toml",
                                                                             .endings = {kToml},
                                                                             .is_one = is_manifest,
                                                                             .evidence = Evidence::kLocked,
                                                                             .read = read_manifest}}});
}

}  // namespace scanner::inventory

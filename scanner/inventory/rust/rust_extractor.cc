// Cargo.lock, https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html. A crate without a source is the
// program's own.
#include "scanner/inventory/language_files.h"
#include "scanner/inventory/toml_file.h"

namespace scanner::inventory {
namespace {

void read_cargo_lock(const ImageFile& file, LanguagePackages& packages) {
  for (const TomlPackage& crate : toml_packages(file.content, "package")) {
    if (crate.has_source) packages.add(crate.name, crate.version, "line", crate.line);
  }
}

}  // namespace

std::unique_ptr<Extractor> make_rust_extractor() {
  return std::make_unique<LanguageFiles>(
      LanguageFiles::Ecosystem{.name = "rust",
                               .purl_type = "cargo",
                               .files = {{.example = "Cargo.lock",
                                          .names = {"Cargo.lock"},
                                          .evidence = Evidence::kLocked,
                                          .read = read_cargo_lock,
                                          .marks = {"[[package]]", "version = ", "package = ["}}}});
}

}  // namespace scanner::inventory

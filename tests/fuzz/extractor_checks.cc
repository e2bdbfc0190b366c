#include "tests/fuzz/extractor_checks.h"

#include "base/error.h"
#include "scanner/inventory/package_text.h"
#include "scanner/inventory/sbom/sbom.h"

namespace tests {
namespace {

void check_package(const scanner::Package& package) {
  CHECK(scanner::inventory::is_name(package.name));
  CHECK(scanner::inventory::is_version(package.version));
  CHECK(package.source.empty() || scanner::inventory::is_name(package.source));
  // Who built a runtime that no package manager knows is not known; Bitnami's advisories are asked about it.
  const bool is_runtime = package.type == "bitnami" && package.purl.starts_with("pkg:generic/");
  CHECK(package.purl.empty() || is_runtime || package.purl.starts_with("pkg:" + package.type + "/"));
  CHECK(package.path.empty() || package.path.starts_with(':'));
  CHECK(package.layer.empty());
  CHECK(package.found_by.empty() || package.found_by == scanner::inventory::kSbomExtractor);
}

}  // namespace

void check_extractor(const scanner::inventory::Extractor& extractor, std::string_view path, const std::uint8_t* data,
                     std::size_t size) {
  CHECK(extractor.wants(path) || !extractor.content_kind().empty());
  const std::string_view content(reinterpret_cast<const char*>(data), size);
  scanner::Extraction extraction;
  try {
    extraction = extractor.extract({.path = path, .content = content});
  } catch (const base::Error& error) {
    CHECK(*error.what() != '\0');
    return;
  }
  for (const scanner::Package& package : extraction.packages) check_package(package);
  for (const scanner::ScanWarning& warning : extraction.warnings) CHECK(warning.makes_incomplete && warning.count > 0);
}

}  // namespace tests

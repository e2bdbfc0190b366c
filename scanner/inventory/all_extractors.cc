#include "scanner/inventory/alpm/alpm_extractor.h"
#include "scanner/inventory/apk/apk_extractor.h"
#include "scanner/inventory/chisel/chisel_extractor.h"
#include "scanner/inventory/dotnet/dotnet_program_extractor.h"
#include "scanner/inventory/dpkg/dpkg_extractor.h"
#include "scanner/inventory/extractor.h"
#include "scanner/inventory/go/go_extractor.h"
#include "scanner/inventory/java/java_extractor.h"
#include "scanner/inventory/language_files.h"
#include "scanner/inventory/npm/npm_extractor.h"
#include "scanner/inventory/opkg/opkg_extractor.h"
#include "scanner/inventory/os_release.h"
#include "scanner/inventory/portage/portage_extractor.h"
#include "scanner/inventory/python/python_extractor.h"
#include "scanner/inventory/rpm/rpm_extractor.h"
#include "scanner/inventory/runtimes/runtime_extractor.h"
#include "scanner/inventory/rust/rust_program_extractor.h"
#include "scanner/inventory/sbom/sbom.h"

namespace scanner::inventory {
namespace {

std::vector<std::unique_ptr<Extractor>> make_extractors() {
  std::vector<std::unique_ptr<Extractor>> extractors;
  extractors.push_back(std::make_unique<OsReleaseExtractor>());
  extractors.push_back(std::make_unique<DpkgExtractor>());
  extractors.push_back(std::make_unique<ChiselExtractor>());
  extractors.push_back(std::make_unique<ApkExtractor>());
  extractors.push_back(std::make_unique<RpmExtractor>());
  extractors.push_back(std::make_unique<AlpmExtractor>());
  extractors.push_back(std::make_unique<OpkgExtractor>());
  extractors.push_back(std::make_unique<PortageExtractor>());
  extractors.push_back(std::make_unique<PythonExtractor>());
  extractors.push_back(std::make_unique<NpmExtractor>());
  extractors.push_back(std::make_unique<JavaExtractor>());
  extractors.push_back(std::make_unique<GoExtractor>());
  extractors.push_back(make_conda_extractor());
  extractors.push_back(make_ruby_extractor());
  extractors.push_back(make_php_extractor());
  extractors.push_back(make_dotnet_extractor());
  extractors.push_back(std::make_unique<DotnetProgramExtractor>());
  extractors.push_back(make_npm_lock_extractor());
  extractors.push_back(make_python_lock_extractor());
  extractors.push_back(make_java_lock_extractor());
  extractors.push_back(make_rust_extractor());
  extractors.push_back(std::make_unique<RustProgramExtractor>());
  extractors.push_back(std::make_unique<RuntimeExtractor>());
  extractors.push_back(make_dart_extractor());
  extractors.push_back(make_elixir_extractor());
  extractors.push_back(make_swift_extractor());
  extractors.push_back(make_julia_extractor());
  extractors.push_back(make_conan_extractor());
  extractors.push_back(make_haskell_extractor());
  extractors.push_back(make_r_extractor());
  extractors.push_back(make_cocoapods_extractor());
  extractors.push_back(make_sbom_extractor());
  return extractors;
}

}  // namespace

const std::vector<std::unique_ptr<Extractor>>& all_extractors() {
  static const std::vector<std::unique_ptr<Extractor>> extractors = make_extractors();
  return extractors;
}

}  // namespace scanner::inventory

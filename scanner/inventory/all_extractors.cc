#include "scanner/inventory/apk/apk_extractor.h"
#include "scanner/inventory/dpkg/dpkg_extractor.h"
#include "scanner/inventory/extractor.h"
#include "scanner/inventory/go/go_extractor.h"
#include "scanner/inventory/java/java_extractor.h"
#include "scanner/inventory/npm/npm_extractor.h"
#include "scanner/inventory/os_release.h"
#include "scanner/inventory/python/python_extractor.h"
#include "scanner/inventory/rpm/rpm_extractor.h"

namespace scanner::inventory {
namespace {

std::vector<std::unique_ptr<Extractor>> make_extractors() {
  std::vector<std::unique_ptr<Extractor>> extractors;
  extractors.push_back(std::make_unique<OsReleaseExtractor>());
  extractors.push_back(std::make_unique<DpkgExtractor>());
  extractors.push_back(std::make_unique<ApkExtractor>());
  extractors.push_back(std::make_unique<RpmExtractor>());
  extractors.push_back(std::make_unique<PythonExtractor>());
  extractors.push_back(std::make_unique<NpmExtractor>());
  extractors.push_back(std::make_unique<JavaExtractor>());
  extractors.push_back(std::make_unique<GoExtractor>());
  return extractors;
}

}  // namespace

const std::vector<std::unique_ptr<Extractor>>& all_extractors() {
  static const std::vector<std::unique_ptr<Extractor>> extractors = make_extractors();
  return extractors;
}

}  // namespace scanner::inventory

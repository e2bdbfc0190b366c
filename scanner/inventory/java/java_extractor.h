// Jars and the archives of applications, with the jars inside them: META-INF/maven/**/pom.properties and pom.xml, else
// the manifest and the name. A shaded jar has a pom for each library that was put into it. An application may hold an
// SBOM, META-INF/sbom/*.cdx.json.
#pragma once

#include <string_view>
#include <vector>

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {

class JavaExtractor final : public Extractor {
 public:
  [[nodiscard]] std::string_view name() const override { return "java"; }
  [[nodiscard]] int version() const override { return 3; }
  [[nodiscard]] bool wants(std::string_view path) const override;
  [[nodiscard]] std::vector<std::string_view> endings() const override;
  [[nodiscard]] Extraction extract(const ImageFile& file) const override;
  [[nodiscard]] std::vector<std::string_view> example_paths() const override { return {"app.jar"}; }
};

}  // namespace scanner::inventory

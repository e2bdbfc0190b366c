// Installed Python distributions.
#pragma once

#include <string_view>
#include <vector>

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {

class PythonExtractor final : public Extractor {
 public:
  [[nodiscard]] std::string_view name() const override { return "python"; }
  [[nodiscard]] int version() const override { return 2; }
  [[nodiscard]] bool wants(std::string_view path) const override;
  [[nodiscard]] std::vector<std::string_view> endings() const override;
  [[nodiscard]] Extraction extract(const ImageFile& file) const override;
  [[nodiscard]] std::vector<std::string_view> example_paths() const override {
    return {"a-1.dist-info/METADATA", "a-1.egg-info", "a-1.egg"};
  }
};

// "Zope.Interface" -> "zope-interface", https://peps.python.org/pep-0503/#normalized-names.
[[nodiscard]] std::string normalised_python_name(std::string_view name);

}  // namespace scanner::inventory

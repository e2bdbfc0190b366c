// Installed Python distributions.
#pragma once

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {

class PythonExtractor final : public Extractor {
 public:
  [[nodiscard]] std::string_view name() const override { return "python"; }
  [[nodiscard]] int version() const override { return 2; }
  [[nodiscard]] bool wants(std::string_view path) const override;
  [[nodiscard]] Extraction extract(const ImageFile& file) const override;
};

// "Zope.Interface" -> "zope-interface", https://peps.python.org/pep-0503/#normalized-names.
[[nodiscard]] std::string normalised_python_name(std::string_view name);

}  // namespace scanner::inventory

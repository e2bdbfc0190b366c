// .NET applications that were published as a single file: the libraries that lie in it.
#pragma once

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {

class DotnetProgramExtractor final : public Extractor {
 public:
  [[nodiscard]] std::string_view name() const override { return "dotnet-program"; }
  [[nodiscard]] int version() const override { return 1; }
  [[nodiscard]] bool wants(std::string_view /*path*/) const override { return false; }
  [[nodiscard]] std::string_view content_kind() const override { return ".NET library list"; }
  // The content is the list that the program holds, as in NAME.deps.json.
  [[nodiscard]] Extraction extract(const ImageFile& file) const override;
};

}  // namespace scanner::inventory

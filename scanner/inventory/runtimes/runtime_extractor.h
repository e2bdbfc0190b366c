// Node, Python, PHP, Ruby, Java, Go and others that nobody's package manager installed: told by texts in their programs
// and by the files of releases that lie beside them.
#pragma once

#include <string_view>
#include <vector>

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {

class RuntimeExtractor final : public Extractor {
 public:
  [[nodiscard]] std::string_view name() const override { return "runtimes"; }
  [[nodiscard]] int version() const override { return 2; }
  // "release" of a JDK, "VERSION" of a Go tool chain, "OTP_VERSION" of Erlang.
  [[nodiscard]] bool wants(std::string_view path) const override;
  [[nodiscard]] std::string_view content_kind() const override { return "program text"; }
  // Of a program the content is the texts at its mark (runtime_programs.h), a line each.
  [[nodiscard]] Extraction extract(const ImageFile& file) const override;
  [[nodiscard]] std::vector<std::string_view> example_paths() const override {
    return {"opt/java/release", "usr/lib/erlang/releases/26/OTP_VERSION", "usr/local/go/VERSION"};
  }
};

}  // namespace scanner::inventory

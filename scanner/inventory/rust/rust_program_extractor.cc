// {"packages": [{"name", "version", "source", "kind", "root"}]}. A "build" package was used to build the program alone;
// a "local" one is the program's own.
// https://github.com/rust-secure-code/cargo-auditable/blob/master/cargo-auditable.schema.json
#include "scanner/inventory/rust/rust_program_extractor.h"

#include "base/error.h"
#include "scanner/inventory/json_file.h"
#include "scanner/inventory/language_package.h"

namespace scanner::inventory {

Extraction RustProgramExtractor::extract(const ImageFile& file) const {
  const nlohmann::json document = parse_json_file(file.content);
  const nlohmann::json& list = member_of(document, "packages");
  if (!list.is_array()) throw base::ParseError("no list of packages");
  LanguagePackages packages("cargo");
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (text_member_of(list[i], "kind") == "build" || text_member_of(list[i], "source") == "local") continue;
    packages.add(text_member_of(list[i], "name"), text_member_of(list[i], "version"), "package", i + 1);
  }
  return packages.take(file.path);
}

}  // namespace scanner::inventory

// .NET: the list of an application's or a shared runtime's libraries, NAME.deps.json, packages.lock.json, and what a
// project refers to.
#include "base/error.h"
#include "scanner/inventory/dotnet/dotnet_libraries.h"
#include "scanner/inventory/dotnet/nuget_references.h"
#include "scanner/inventory/json_file.h"
#include "scanner/inventory/language_files.h"

namespace scanner::inventory {
namespace {

void read_deps(const ImageFile& file, LanguagePackages& packages) {
  add_dotnet_libraries(file.content, packages);
}

// By target framework, then by package.
void read_lock(const ImageFile& file, LanguagePackages& packages) {
  const nlohmann::json document = parse_json_file(file.content);
  const nlohmann::json& frameworks = member_of(document, "dependencies");
  if (!frameworks.is_object()) throw base::ParseError("no dependencies in it");
  std::size_t number = 0;
  for (const auto& [framework, dependencies] : frameworks.items()) {
    if (!dependencies.is_object()) continue;
    for (const auto& [name, dependency] : dependencies.items()) {
      ++number;
      if (text_member_of(dependency, "type") == "Project") continue;
      packages.add(name, text_member_of(dependency, "resolved"), "dependency", number);
    }
  }
}

}  // namespace

std::unique_ptr<Extractor> make_dotnet_extractor() {
  return std::make_unique<LanguageFiles>(
      LanguageFiles::Ecosystem{.name = "dotnet",
                               .version = 2,
                               .purl_type = "nuget",
                               .files = {{.example = "app/App.deps.json", .endings = {".deps.json"}, .read = read_deps},
                                         {.example = "packages.lock.json",
                                          .names = {"packages.lock.json"},
                                          .evidence = Evidence::kLocked,
                                          .read = read_lock},
                                         {.example = "packages.config",
                                          .names = {"packages.config"},
                                          .evidence = Evidence::kLocked,
                                          .read = read_packages_config},
                                         {.example = "Directory.Packages.props",
                                          .endings = {"Packages.props"},
                                          .evidence = Evidence::kLocked,
                                          .read = read_packages_props}}});
}

}  // namespace scanner::inventory

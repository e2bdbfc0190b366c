// .NET: the list of an application's libraries, NAME.deps.json
// (https://github.com/dotnet/sdk/blob/main/documentation/specs/runtime-configuration-file.md), and packages.lock.json.
#include <algorithm>

#include "base/error.h"
#include "scanner/inventory/json_file.h"
#include "scanner/inventory/language_files.h"

namespace scanner::inventory {
namespace {

// The runtime that an application brings along is a package under another name.
constexpr std::string_view kRuntimePack = "runtimepack.";

// "Newtonsoft.Json/12.0.3": {"type": "package"}. The application itself and its parts are of type "project".
void read_deps(const ImageFile& file, LanguagePackages& packages) {
  const nlohmann::json document = parse_json_file(file.content);
  const nlohmann::json& libraries = member_of(document, "libraries");
  if (!libraries.is_object()) throw base::ParseError("no libraries in it");
  std::size_t number = 0;
  for (const auto& [key, library] : libraries.items()) {
    ++number;
    const std::string type = text_member_of(library, "type");
    if (type != "package" && type != "runtimepack") continue;
    std::string_view name = std::string_view(key).substr(0, key.find('/'));
    const std::string_view version = std::string_view(key).substr(std::min(name.size() + 1, key.size()));
    if (name.starts_with(kRuntimePack)) name.remove_prefix(kRuntimePack.size());
    packages.add(name, version, "library", number);
  }
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
  return std::make_unique<LanguageFiles>(LanguageFiles::Ecosystem{
      .name = "dotnet",
      .purl_type = "nuget",
      .files = {{.is_one = [](std::string_view path) { return path.ends_with(".deps.json"); }, .read = read_deps},
                {.is_one = [](std::string_view path) { return is_named(path, "packages.lock.json"); },
                 .evidence = Evidence::kLocked,
                 .read = read_lock}}});
}

}  // namespace scanner::inventory

#include "scanner/inventory/dotnet/dotnet_libraries.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "scanner/inventory/json_file.h"

namespace scanner::inventory {
namespace {

// The runtime that an application brings along is a package under another name.
constexpr std::string_view kRuntimePack = "runtimepack.";
// What a release was called while it was built: a runtime lists itself as 3.1.23-servicing.22122.4, which is 3.1.23 and
// no version before it.
constexpr std::string_view kServicing = "-servicing.";

}  // namespace

// "Newtonsoft.Json/12.0.3": {"type": "package"}. The application itself and its parts are of type "project".
void add_dotnet_libraries(std::string_view content, LanguagePackages& packages) {
  const nlohmann::json document = parse_json_file(content);
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
    packages.add(name, version.substr(0, version.find(kServicing)), "library", number);
  }
}

}  // namespace scanner::inventory

// Package.resolved of the Swift package manager. A package is named by where it comes from.
// https://github.com/swiftlang/swift-package-manager/blob/main/Documentation/Usage.md#resolving-versions-packageresolved-file
#include "base/error.h"
#include "scanner/inventory/json_file.h"
#include "scanner/inventory/language_files.h"

namespace scanner::inventory {
namespace {

// "https://github.com/apple/swift-nio.git" -> "github.com/apple/swift-nio".
std::string name_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  if (url.ends_with(".git")) url.remove_suffix(4);
  return std::string(url);
}

// The first format keeps its pins in "object", later ones at the top. A pin to a branch has no version.
void read_resolved(const ImageFile& file, LanguagePackages& packages) {
  const nlohmann::json document = parse_json_file(file.content);
  const nlohmann::json& object = member_of(document, "object");
  const nlohmann::json& pins = member_of(object.is_object() ? object : document, "pins");
  if (!pins.is_array()) throw base::ParseError("no pins in it");
  for (std::size_t i = 0; i < pins.size(); ++i) {
    const std::string version = text_member_of(member_of(pins[i], "state"), "version");
    const std::string old_url = text_member_of(pins[i], "repositoryURL");
    if (version.empty()) continue;
    packages.add(name_of(old_url.empty() ? text_member_of(pins[i], "location") : old_url), version, "pin", i + 1);
  }
}

}  // namespace

std::unique_ptr<Extractor> make_swift_extractor() {
  return std::make_unique<LanguageFiles>(LanguageFiles::Ecosystem{.name = "swift",
                                                                  .purl_type = "swift",
                                                                  .files = {{.example = "Package.resolved",
                                                                             .names = {"Package.resolved"},
                                                                             .evidence = Evidence::kLocked,
                                                                             .read = read_resolved}}});
}

}  // namespace scanner::inventory

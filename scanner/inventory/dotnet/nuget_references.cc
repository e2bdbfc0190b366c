#include "scanner/inventory/dotnet/nuget_references.h"

#include <fmt/format.h>

#include <pugixml.hpp>
#include <string>

#include "base/error.h"
#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

void parse(std::string_view content, pugi::xml_document& document) {
  const pugi::xml_parse_result result = document.load_buffer(content.data(), content.size());
  if (!result) throw base::ParseError(fmt::format("not XML at byte {}: {}", result.offset, result.description()));
}

// "[1.0.0]" is that version alone.
std::string_view pinned(std::string_view version) {
  version = without_blanks(version);
  const bool brackets = version.size() > 2 && version.starts_with('[') && version.ends_with(']');
  return brackets ? version.substr(1, version.size() - 2) : version;
}

// "$(NewtonsoftVersion)", "1.*", "[1.0,2.0)".
bool is_open(std::string_view version) {
  return version.empty() || version.find_first_of("$*,[]()") != std::string_view::npos;
}

void add_reference(const pugi::xml_node& reference, std::size_t number, LanguagePackages& packages) {
  std::string_view name = reference.attribute("Include").as_string();
  if (name.empty()) name = reference.attribute("Update").as_string();
  std::string_view version = reference.attribute("Version").as_string();
  if (version.empty()) version = reference.child_value("Version");
  version = pinned(version);
  if (is_open(version) || is_open(name)) return;
  packages.add(without_blanks(name), version, "reference", number);
}

}  // namespace

void read_packages_config(const ImageFile& file, LanguagePackages& packages) {
  pugi::xml_document document;
  parse(file.content, document);
  std::size_t number = 0;
  for (const pugi::xml_node& package : document.child("packages").children("package")) {
    ++number;
    if (package.attribute("developmentDependency").as_bool()) continue;
    packages.add(package.attribute("id").as_string(), package.attribute("version").as_string(), "package", number);
  }
}

// References stand in groups, with conditions of their own: which of these hold is not told.
void read_packages_props(const ImageFile& file, LanguagePackages& packages) {
  pugi::xml_document document;
  parse(file.content, document);
  std::size_t number = 0;
  for (const pugi::xml_node& group : document.child("Project").children("ItemGroup")) {
    for (const pugi::xml_node& item : group.children()) {
      const std::string_view kind = item.name();
      if (kind != "PackageVersion" && kind != "PackageReference" && kind != "GlobalPackageReference") continue;
      add_reference(item, ++number, packages);
    }
  }
}

}  // namespace scanner::inventory

// var/lib/pacman/local/NAME-VERSION/: "desc" tells the package, "files" what it brought along; each is made of blocks
// of a "%FIELD%" line and values, one a line, up to a blank one. https://man.archlinux.org/man/alpm-db-desc.5
#include "scanner/inventory/alpm/alpm_extractor.h"

#include "scanner/inventory/owned_files.h"
#include "scanner/inventory/system_package.h"
#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

constexpr std::string_view kDatabase = "var/lib/pacman/local/";
constexpr std::string_view kDescription = "/desc";
constexpr std::string_view kFiles = "/files";

// Calls `use(field, value)` for each value.
template <typename Use>
void for_each_value(std::string_view content, const Use& use) {
  std::string_view field;
  while (!content.empty()) {
    const std::string_view line = take_line(content);
    if (line.size() > 2 && line.starts_with('%') && line.ends_with('%')) {
      field = line.substr(1, line.size() - 2);
    } else if (!line.empty()) {
      use(field, line);
    }
  }
}

void read_description(const ImageFile& file, Extraction& extraction) {
  SystemPackage package{
      .type = "alpm", .name = {}, .version = {}, .architecture = {}, .source = {}, .source_version = {}};
  for_each_value(file.content, [&](std::string_view field, std::string_view value) {
    if (field == "NAME") package.name = value;
    if (field == "VERSION") package.version = value;
    if (field == "ARCH") package.architecture = value;
    if (field == "BASE") package.source = value;
  });
  BrokenParts broken;
  add_system_package(package, "the file", extraction, broken);
  check_not_cut_off(file, broken);
  broken.append_to(extraction.warnings, file.path);
}

}  // namespace

bool AlpmExtractor::wants(std::string_view path) const {
  return path.starts_with(kDatabase) && (path.ends_with(kDescription) || path.ends_with(kFiles));
}

Extraction AlpmExtractor::extract(const ImageFile& file) const {
  Extraction extraction;
  if (file.path.ends_with(kDescription)) {
    read_description(file, extraction);
    return extraction;
  }
  for_each_value(file.content, [&](std::string_view field, std::string_view value) {
    if (field == "FILES") add_owned_file(extraction.owned_files, value);
  });
  return extraction;
}

}  // namespace scanner::inventory

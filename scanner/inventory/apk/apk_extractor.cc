// lib/apk/db/installed, since Alpine 3.22 usr/lib/apk/db/installed: stanzas of one-letter fields, of which P is the
// package, V its version, A its architecture and o its origin, the source package.
// https://wiki.alpinelinux.org/wiki/Apk_spec#Install_DB
#include "scanner/inventory/apk/apk_extractor.h"

#include <algorithm>
#include <array>

#include "scanner/inventory/owned_files.h"
#include "scanner/inventory/system_package.h"
#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

constexpr std::array<std::string_view, 2> kFixedPaths = {"lib/apk/db/installed", "usr/lib/apk/db/installed"};

SystemPackage package_of(const Stanza& stanza) {
  return {.type = "apk",
          .name = stanza.value_of_letter('P'),
          .version = stanza.value_of_letter('V'),
          .architecture = stanza.value_of_letter('A'),
          .source = stanza.value_of_letter('o'),
          .source_version = {}};
}

// "F:" names a folder, "R:" a file in the last one named.
void read_file_names(std::string_view content, std::vector<std::string>& owned) {
  std::string_view folder;
  while (!content.empty()) {
    const std::string_view line = take_line(content);
    if (line.starts_with("F:")) folder = line.substr(2);
    if (line.starts_with("R:")) add_owned_file(owned, std::string(folder) + "/" + std::string(line.substr(2)));
  }
}

}  // namespace

bool ApkExtractor::wants(std::string_view path) const {
  return std::find(kFixedPaths.begin(), kFixedPaths.end(), path) != kFixedPaths.end();
}

Extraction ApkExtractor::extract(const ImageFile& file) const {
  Extraction extraction;
  BrokenParts broken;
  StanzaReader reader(file.content);
  Stanza stanza;
  while (reader.next(stanza)) {
    add_stanza_package(package_of(stanza), stanza, extraction, broken);
  }
  read_file_names(file.content, extraction.owned_files);
  check_not_cut_off(file, broken);
  broken.append_to(extraction.warnings, file.path);
  return extraction;
}

std::span<const std::string_view> ApkExtractor::fixed_paths() const {
  return kFixedPaths;
}

}  // namespace scanner::inventory

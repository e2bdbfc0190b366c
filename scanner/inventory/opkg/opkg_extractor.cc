// The "status" of opkg, in dpkg's form, and the lists of files beside it.
// https://git.yoctoproject.org/opkg/tree/libopkg/pkg_parse.c
#include "scanner/inventory/opkg/opkg_extractor.h"

#include <algorithm>
#include <array>

#include "scanner/inventory/owned_files.h"
#include "scanner/inventory/system_package.h"
#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

constexpr std::array<std::string_view, 2> kStatus = {"usr/lib/opkg/status", "var/lib/opkg/status"};
constexpr std::array<std::string_view, 2> kListFolders = {"usr/lib/opkg/info/", "var/lib/opkg/info/"};
constexpr std::string_view kList = ".list";

bool is_file_list(std::string_view path) {
  return path.ends_with(kList) &&
         std::ranges::any_of(kListFolders, [path](std::string_view folder) { return path.starts_with(folder); });
}

// "/usr/bin/env"; newer ones have the file's mode behind a tab.
Extraction read_file_list(std::string_view content) {
  Extraction extraction;
  while (!content.empty()) {
    const std::string_view line = take_line(content);
    add_owned_file(extraction.owned_files, line.substr(0, line.find('\t')));
  }
  return extraction;
}

}  // namespace

bool OpkgExtractor::wants(std::string_view path) const {
  return std::ranges::find(kStatus, path) != kStatus.end() || is_file_list(path);
}

Extraction OpkgExtractor::extract(const ImageFile& file) const {
  if (is_file_list(file.path)) return read_file_list(file.content);
  Extraction extraction;
  BrokenParts broken;
  StanzaReader reader(file.content);
  Stanza stanza;
  while (reader.next(stanza)) {
    if (!has_files_installed(stanza.value("Status"))) continue;
    add_stanza_package({.type = "opkg",
                        .name = stanza.value("Package"),
                        .version = stanza.value("Version"),
                        .architecture = stanza.value("Architecture"),
                        .source = {},
                        .source_version = {}},
                       stanza, extraction, broken);
  }
  check_not_cut_off(file, broken);
  broken.append_to(extraction.warnings, file.path);
  return extraction;
}

std::span<const std::string_view> OpkgExtractor::fixed_paths() const {
  return kStatus;
}

}  // namespace scanner::inventory

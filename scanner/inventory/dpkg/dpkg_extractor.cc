// var/lib/dpkg/status, and var/lib/dpkg/status.d/ of distroless images, where every package has a file of its own.
// dpkg(1) tells the states, deb-control(5) and deb-src-control(5) the fields.
#include "scanner/inventory/dpkg/dpkg_extractor.h"

#include <algorithm>
#include <array>

#include "scanner/inventory/owned_files.h"
#include "scanner/inventory/system_package.h"
#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

constexpr std::string_view kStatus = "var/lib/dpkg/status";
constexpr std::string_view kStatusFolder = "var/lib/dpkg/status.d/";
// NAME.list holds the paths of an installed package; distroless images have sums of its files in NAME.md5sums instead.
constexpr std::string_view kListFolder = "var/lib/dpkg/info/";
constexpr std::string_view kList = ".list";
constexpr std::string_view kSums = ".md5sums";
constexpr std::array<std::string_view, 1> kFixedPaths = {kStatus};
constexpr std::array<std::string_view, 1> kFixedDirectories = {"var/lib/dpkg/status.d"};

struct SourcePackage {
  std::string_view name;
  std::string_view version;  // empty: the same as the binary's
};

// "glibc" or "glibc (2.36-9)".
SourcePackage parse_source(std::string_view text) {
  const std::size_t open = text.find(" (");
  if (open == std::string_view::npos || !text.ends_with(')')) return {.name = text, .version = {}};
  return {.name = text.substr(0, open), .version = text.substr(open + 2, text.size() - open - 3)};
}

// A binary-only rebuild, "1.2-3+b1", is of source version "1.2-3".
std::string_view without_rebuild(std::string_view version) {
  const std::size_t mark = version.rfind("+b");
  if (mark == std::string_view::npos || mark + 2 == version.size()) return version;
  const std::string_view number = version.substr(mark + 2);
  const bool digits = std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits ? version.substr(0, mark) : version;
}

bool is_file_list(std::string_view path) {
  return (path.starts_with(kListFolder) && path.ends_with(kList)) ||
         (path.starts_with(kStatusFolder) && path.ends_with(kSums));
}

// "/usr/bin/env", or a sum of 32 digits, blanks and "usr/bin/env".
Extraction read_file_list(std::string_view content) {
  Extraction extraction;
  while (!content.empty()) {
    const std::string_view line = take_line(content);
    const std::size_t blanks = line.starts_with('/') ? std::string_view::npos : line.find("  ");
    add_owned_file(extraction.owned_files, blanks == std::string_view::npos ? line : line.substr(blanks + 2));
  }
  return extraction;
}

SystemPackage package_of(const Stanza& stanza) {
  const std::string_view version = stanza.value("Version");
  const SourcePackage source = parse_source(stanza.value("Source"));
  return {.type = "deb",
          .name = stanza.value("Package"),
          .version = version,
          .architecture = stanza.value("Architecture"),
          .source = source.name,
          .source_version = source.version.empty() ? without_rebuild(version) : source.version};
}

}  // namespace

bool DpkgExtractor::wants(std::string_view path) const {
  if (path == kStatus || is_file_list(path)) return true;
  return path.starts_with(kStatusFolder) && path.size() > kStatusFolder.size();
}

Extraction DpkgExtractor::extract(const ImageFile& file) const {
  if (is_file_list(file.path)) return read_file_list(file.content);
  Extraction extraction;
  BrokenParts broken;
  StanzaReader reader(file.content);
  Stanza stanza;
  while (reader.next(stanza)) {
    // Files of status.d have no such field.
    if (!has_files_installed(stanza.value("Status"))) continue;
    add_stanza_package(package_of(stanza), stanza, extraction, broken);
  }
  if (file.path == kStatus) check_not_cut_off(file, broken);
  broken.append_to(extraction.warnings, file.path);
  return extraction;
}

std::span<const std::string_view> DpkgExtractor::fixed_paths() const {
  return kFixedPaths;
}

std::span<const std::string_view> DpkgExtractor::fixed_directories() const {
  return kFixedDirectories;
}

}  // namespace scanner::inventory

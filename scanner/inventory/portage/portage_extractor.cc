// var/db/pkg/CATEGORY/NAME-VERSION/CONTENTS: the folder tells the package, the file what it brought along.
// https://wiki.gentoo.org/wiki//var/db/pkg and https://projects.gentoo.org/pms/8/pms.html, "Version Specifications"
#include "scanner/inventory/portage/portage_extractor.h"

#include <algorithm>

#include "scanner/inventory/owned_files.h"
#include "scanner/inventory/system_package.h"
#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

constexpr std::string_view kDatabase = "var/db/pkg/";
constexpr std::string_view kContents = "/CONTENTS";
// While it is put in place, and when that failed.
constexpr std::string_view kMerging = "-MERGING-";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "dev-libs/openssl-3.0.9-r1" of the path.
std::string_view package_folder(std::string_view path) {
  path.remove_prefix(kDatabase.size());
  path.remove_suffix(kContents.size());
  return path;
}

// "openssl-3.0.9-r1" without the revision.
std::string_view without_revision(std::string_view name) {
  const std::size_t mark = name.rfind("-r");
  if (mark == std::string_view::npos || mark + 2 == name.size()) return name;
  return std::ranges::all_of(name.substr(mark + 2), is_digit) ? name.substr(0, mark) : name;
}

// Where the version begins: behind the last hyphen before a digit; npos: nowhere.
std::size_t version_at(std::string_view folder) {
  const std::string_view rest = without_revision(folder);
  const std::size_t hyphen = rest.rfind('-');
  const bool is_version = hyphen != std::string_view::npos && hyphen + 1 < rest.size() && is_digit(rest[hyphen + 1]);
  return is_version ? hyphen + 1 : std::string_view::npos;
}

// "obj /usr/bin/env MD5 MTIME", "sym /lib/x.so -> x.so.1 MTIME", "dir /usr"; a path may have blanks.
void add_contents(std::string_view line, Extraction& extraction) {
  std::size_t end = std::string_view::npos;
  if (line.starts_with("obj ")) {
    end = line.rfind(' ');
    end = end == std::string_view::npos || end == 0 ? end : line.rfind(' ', end - 1);
  } else if (line.starts_with("sym ")) {
    end = line.find(" -> ");
  }
  constexpr std::size_t kKindBytes = 4;
  if (end != std::string_view::npos && end > kKindBytes)
    add_owned_file(extraction.owned_files, line.substr(kKindBytes, end - kKindBytes));
}

}  // namespace

bool PortageExtractor::wants(std::string_view path) const {
  if (!path.starts_with(kDatabase) || !path.ends_with(kContents)) return false;
  if (path.size() < kDatabase.size() + kContents.size()) return false;
  const std::string_view folder = package_folder(path);
  const std::size_t slash = folder.find('/');
  return slash != std::string_view::npos && slash == folder.rfind('/') &&
         !folder.substr(slash + 1).starts_with(kMerging);
}

Extraction PortageExtractor::extract(const ImageFile& file) const {
  Extraction extraction;
  BrokenParts broken;
  const std::string_view folder = package_folder(file.path);
  const std::size_t version = version_at(folder);
  const bool is_told = version != std::string_view::npos;
  add_system_package({.type = "ebuild",
                      .name = is_told ? folder.substr(0, version - 1) : folder,
                      .version = is_told ? folder.substr(version) : std::string_view{},
                      .architecture = {},
                      .source = {},
                      .source_version = {}},
                     "the folder", extraction, broken);
  for (std::string_view text = file.content; !text.empty();) add_contents(take_line(text), extraction);
  broken.append_to(extraction.warnings, file.path);
  return extraction;
}

}  // namespace scanner::inventory

// NAME.dist-info/METADATA, NAME.egg-info/PKG-INFO, NAME.egg-info as a file, and EGG-INFO/PKG-INFO inside an egg,
// unpacked or still the zip file NAME.egg: all begin with the fields of
// https://packaging.python.org/en/latest/specifications/core-metadata/.
#include "scanner/inventory/python/python_extractor.h"

#include <algorithm>
#include <array>

#include "base/byte_source.h"
#include "base/error.h"
#include "base/zip_reader.h"
#include "scanner/inventory/language_package.h"
#include "scanner/inventory/limits.h"
#include "scanner/inventory/package_text.h"
#include "scanner/inventory/stanza.h"

namespace scanner::inventory {
namespace {

constexpr std::string_view kEgg = ".egg";
constexpr std::string_view kEggMetadata = "EGG-INFO/PKG-INFO";
constexpr std::array<std::string_view, 5> kEndings = {".dist-info/METADATA", ".egg-info/PKG-INFO", ".egg-info",
                                                      "/EGG-INFO/PKG-INFO", kEgg};
// A byte order mark that some old build tools left at the beginning.
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string metadata_of_egg(const ImageFile& file) {
  const base::MemorySource source("egg", file.content);
  const base::ZipReader zip(
      source, {.members_max = file.archives.members_max, .directory_bytes_max = kArchiveDirectoryBytesMax});
  for (const base::ZipMember& member : zip.members()) {
    if (member.name == kEggMetadata) return zip.read(member, kLanguageFileBytesMax);
  }
  throw base::ParseError("an egg without EGG-INFO/PKG-INFO");
}

Extraction read_metadata(std::string_view content) {
  if (content.starts_with(kByteOrderMark)) content.remove_prefix(kByteOrderMark.size());
  StanzaReader reader(content);
  Stanza head;
  if (!reader.next(head)) throw base::ParseError("empty metadata of a Python distribution");
  const std::string_view name = head.value("Name");
  const std::string_view version = head.value("Version");
  if (!is_name(name)) throw base::ParseError("metadata of a Python distribution without a readable Name");
  if (!is_version(version)) throw base::ParseError("metadata of a Python distribution without a readable Version");

  const std::string normalised = normalised_python_name(name);
  const base::PurlParts purl{.type = "pypi", .space = {}, .name = normalised, .version = version, .qualifiers = {}};
  return {.packages = {language_package(normalised, purl)}};
}

}  // namespace

std::string normalised_python_name(std::string_view name) {
  std::string normalised;
  for (const char c : name) {
    if (c == '-' || c == '_' || c == '.') {
      if (!normalised.ends_with('-')) normalised += '-';
    } else {
      normalised += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return normalised;
}

bool PythonExtractor::wants(std::string_view path) const {
  return std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) { return path.ends_with(ending); });
}

std::vector<std::string_view> PythonExtractor::endings() const {
  return {kEndings.begin(), kEndings.end()};
}

Extraction PythonExtractor::extract(const ImageFile& file) const {
  return file.path.ends_with(kEgg) ? read_metadata(metadata_of_egg(file)) : read_metadata(file.content);
}

}  // namespace scanner::inventory

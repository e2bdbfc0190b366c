// NAME.dist-info/METADATA, NAME.egg-info/PKG-INFO, NAME.egg-info as a file, and EGG-INFO/PKG-INFO inside an unpacked
// egg: all begin with the fields of https://packaging.python.org/en/latest/specifications/core-metadata/.
#include "scanner/inventory/python/python_extractor.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "scanner/inventory/language_package.h"
#include "scanner/inventory/package_text.h"
#include "scanner/inventory/stanza.h"

namespace scanner::inventory {
namespace {

constexpr std::array<std::string_view, 4> kEndings = {".dist-info/METADATA", ".egg-info/PKG-INFO", ".egg-info",
                                                      "/EGG-INFO/PKG-INFO"};
// A byte order mark that some old build tools left at the beginning.
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

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

Extraction PythonExtractor::extract(const ImageFile& file) const {
  std::string_view content = file.content;
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

}  // namespace scanner::inventory

// pubspec.lock of Dart, https://dart.dev/tools/pub/glossary#lockfile: YAML that pub writes itself, in one form.
#include <string>

#include "scanner/inventory/language_files.h"
#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

struct Entry {
  std::string_view name;
  std::string_view version;
  std::string_view source;
  std::size_t line = 0;
};

// What comes from the kit itself or from a folder is in no registry.
void add(const Entry& entry, LanguagePackages& packages) {
  if (!entry.name.empty() && entry.source == "hosted") packages.add(entry.name, entry.version, "line", entry.line);
}

// Two blanks before a package's name, four before what is told of it.
void read_lock(const ImageFile& file, LanguagePackages& packages) {
  Entry entry;
  bool in_packages = false;
  std::size_t number = 0;
  for (std::string_view text = file.content; !text.empty();) {
    const std::string_view line = take_line(text);
    ++number;
    const std::size_t blanks = line.find_first_not_of(' ');
    if (blanks == std::string_view::npos || line[blanks] == '#') continue;
    if (blanks == 0) in_packages = line.starts_with("packages:");
    if (!in_packages) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view key = line.substr(blanks, colon - blanks);
    if (blanks == 2) {
      add(entry, packages);
      entry = {.name = key, .version = {}, .source = {}, .line = number};
    }
    if (blanks == 4 && key == "version") entry.version = yaml_scalar(line.substr(colon + 1));
    if (blanks == 4 && key == "source") entry.source = yaml_scalar(line.substr(colon + 1));
  }
  add(entry, packages);
}

}  // namespace

std::unique_ptr<Extractor> make_dart_extractor() {
  return std::make_unique<LanguageFiles>(LanguageFiles::Ecosystem{.name = "dart",
                                                                  .purl_type = "pub",
                                                                  .files = {{.example = "pubspec.lock",
                                                                             .names = {"pubspec.lock"},
                                                                             .evidence = Evidence::kLocked,
                                                                             .read = read_lock,
                                                                             .marks = {"packages:"}}}});
}

}  // namespace scanner::inventory

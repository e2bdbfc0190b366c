// Podfile.lock of CocoaPods: under "PODS:" a pod a line, with what it needs further to the right.
// https://guides.cocoapods.org/using/using-cocoapods.html#what-is-podfilelock
#include "scanner/inventory/language_files.h"
#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

// `  - PINCache/Core (3.0.3)`, `  - "GoogleUtilities/NSData+zlib (7.5.2)":`. A part of a pod has its version.
void read_podfile_lock(const ImageFile& file, LanguagePackages& packages) {
  constexpr std::string_view kItem = "  - ";
  bool in_pods = false;
  std::size_t number = 0;
  for (std::string_view text = file.content; !text.empty();) {
    std::string_view line = take_line(text);
    ++number;
    if (!line.empty() && line.front() != ' ') in_pods = line.starts_with("PODS:");
    if (!in_pods || !line.starts_with(kItem)) continue;
    line.remove_prefix(kItem.size());
    if (line.starts_with('"')) line.remove_prefix(1);
    const std::size_t open = line.find(" (");
    if (open == std::string_view::npos) {
      packages.broken().add("line " + std::to_string(number), "a pod without a version");
      continue;
    }
    const std::string_view version = line.substr(open + 2);
    const std::string_view name = line.substr(0, open);
    packages.add(name.substr(0, name.find('/')), version.substr(0, version.find(')')), "line", number);
  }
}

}  // namespace

std::unique_ptr<Extractor> make_cocoapods_extractor() {
  return std::make_unique<LanguageFiles>(
      LanguageFiles::Ecosystem{.name = "cocoapods",
                               .purl_type = "cocoapods",
                               .files = {{.example = "Podfile.lock",
                                          .names = {"Podfile.lock"},
                                          .evidence = Evidence::kLocked,
                                          .read = read_podfile_lock,
                                          .marks = {"PODFILE CHECKSUM:", "COCOAPODS:"}}}});
}

}  // namespace scanner::inventory

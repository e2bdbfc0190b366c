// stack.yaml.lock, whose lines "hackage: NAME-VERSION@sha256:..." tell packages, and cabal.project.freeze, whose
// constraints are "any.NAME ==VERSION". https://docs.haskellstack.org/en/stable/topics/lock_files/
#include "scanner/inventory/language_files.h"
#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

void read_stack_lock(const ImageFile& file, LanguagePackages& packages) {
  constexpr std::string_view kHackage = "hackage: ";
  std::string_view rest = file.content;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    std::string_view line = without_blanks(take_line(rest));
    if (line.starts_with("- ")) line.remove_prefix(2);
    if (!line.starts_with(kHackage)) continue;
    line.remove_prefix(kHackage.size());
    const std::string_view package = line.substr(0, line.find('@'));
    const std::size_t hyphen = package.rfind('-');
    packages.add(package.substr(0, hyphen), hyphen == std::string_view::npos ? "" : package.substr(hyphen + 1), "line",
                 number);
  }
}

void read_cabal_freeze(const ImageFile& file, LanguagePackages& packages) {
  constexpr std::string_view kAny = "any.";
  constexpr std::string_view kEquals = " ==";
  std::string_view rest = file.content;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    std::string_view line = without_blanks(take_line(rest));
    const std::size_t any = line.find(kAny);
    const std::size_t equals = line.find(kEquals);
    if (any == std::string_view::npos || equals == std::string_view::npos || equals < any) continue;
    const std::string_view version = line.substr(equals + kEquals.size());
    packages.add(line.substr(any + kAny.size(), equals - any - kAny.size()), version.substr(0, version.find(',')),
                 "line", number);
  }
}

}  // namespace

std::unique_ptr<Extractor> make_haskell_extractor() {
  return std::make_unique<LanguageFiles>(LanguageFiles::Ecosystem{.name = "haskell",
                                                                  .purl_type = "hackage",
                                                                  .files = {{.example = "stack.yaml.lock",
                                                                             .names = {"stack.yaml.lock"},
                                                                             .evidence = Evidence::kLocked,
                                                                             .read = read_stack_lock},
                                                                            {.example = "cabal.project.freeze",
                                                                             .names = {"cabal.project.freeze"},
                                                                             .evidence = Evidence::kLocked,
                                                                             .read = read_cabal_freeze}}});
}

}  // namespace scanner::inventory

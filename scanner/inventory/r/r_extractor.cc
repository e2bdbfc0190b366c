// renv.lock, https://rstudio.github.io/renv/articles/lockfile.html. What installed packages say of themselves is in
// their DESCRIPTION, a stanza (https://cran.r-project.org/doc/manuals/r-release/R-exts.html#The-DESCRIPTION-file).
#include <algorithm>

#include "base/error.h"
#include "scanner/inventory/json_file.h"
#include "scanner/inventory/language_files.h"
#include "scanner/inventory/stanza.h"

namespace scanner::inventory {
namespace {

void read_lock(const ImageFile& file, LanguagePackages& packages) {
  const nlohmann::json document = parse_json_file(file.content);
  const nlohmann::json& list = member_of(document, "Packages");
  if (!list.is_object()) throw base::ParseError("no list of packages");
  std::size_t number = 0;
  for (const nlohmann::json& package : list) {
    packages.add(text_member_of(package, "Package"), text_member_of(package, "Version"), "package", ++number);
  }
}

// Packages of R itself ("Priority: base") have its version and no advisories of their own.
void read_description(const ImageFile& file, LanguagePackages& packages) {
  StanzaReader reader(file.content);
  Stanza description;
  if (!reader.next(description)) throw base::ParseError("empty description of an R package");
  if (description.value("Priority") == "base") return;
  packages.add(description.value("Package"), description.value("Version"), "line", description.line);
}

constexpr std::string_view kDescription = "/DESCRIPTION";

// "R/library/NAME/DESCRIPTION". Further down lies what a package brings along, such as templates of packages.
bool is_description(std::string_view path) {
  path.remove_suffix(kDescription.size());
  const std::string_view library = path.substr(0, std::min(path.rfind('/'), path.size()));
  return library.ends_with("/R/library") || library.ends_with("/R/site-library");
}

}  // namespace

std::unique_ptr<Extractor> make_r_extractor() {
  return std::make_unique<LanguageFiles>(LanguageFiles::Ecosystem{
      .name = "r",
      .version = 2,
      .purl_type = "cran",
      .files = {{.example = "renv.lock", .names = {"renv.lock"}, .evidence = Evidence::kLocked, .read = read_lock},
                {.example = "usr/lib/R/library/boot/DESCRIPTION",
                 .endings = {kDescription},
                 .is_one = is_description,
                 .read = read_description}}});
}

}  // namespace scanner::inventory

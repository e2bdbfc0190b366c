// Packages that conda installed: conda-meta/NAME-VERSION-BUILD.json of each environment.
// https://docs.conda.io/projects/conda/en/stable/dev-guide/deep-dives/install.html
#include "scanner/inventory/json_file.h"
#include "scanner/inventory/language_files.h"

namespace scanner::inventory {
namespace {

void read_record(const ImageFile& file, LanguagePackages& packages) {
  const nlohmann::json document = parse_json_file(file.content);
  packages.add(text_member_of(document, "name"), text_member_of(document, "version"), "record", 1);
}

bool is_record(std::string_view path) {
  const std::string_view folder = path.substr(0, path.rfind('/') + 1);
  return folder == "conda-meta/" || folder.ends_with("/conda-meta/");
}

}  // namespace

std::unique_ptr<Extractor> make_conda_extractor() {
  return std::make_unique<LanguageFiles>(
      LanguageFiles::Ecosystem{.name = "conda",
                               .purl_type = "conda",
                               .files = {{.example = "opt/conda/conda-meta/zlib-1.2.13-h5eee18b_0.json",
                                          .endings = {".json"},
                                          .is_one = is_record,
                                          .read = read_record}}});
}

}  // namespace scanner::inventory

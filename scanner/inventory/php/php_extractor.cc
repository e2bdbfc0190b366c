// Composer's list of what it installed, composer/installed.json below the folder that it installs into ("vendor", or
// what a program calls it: https://getcomposer.org/doc/06-config.md#vendor-dir), and its lock file.
#include <algorithm>
#include <array>

#include "base/error.h"
#include "scanner/inventory/json_file.h"
#include "scanner/inventory/language_files.h"

namespace scanner::inventory {
namespace {

void add_all(const nlohmann::json& list, LanguagePackages& packages) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    packages.add(text_member_of(list[i], "name"), text_member_of(list[i], "version"), "package", i + 1);
  }
}

// Fields that no other list has: of each package, and of a list without any.
constexpr std::array<std::string_view, 2> kComposersOwn = {"\"version_normalized\"", "\"dev-package-names\""};

// Another program may have a folder and a file of these names; below "vendor" it would be a broken list.
bool may_be_of_another(const ImageFile& file) {
  return !file.path.ends_with("vendor/composer/installed.json") &&
         std::ranges::none_of(kComposersOwn,
                              [&](std::string_view own) { return file.content.find(own) != std::string_view::npos; });
}

// Composer 1 wrote the list alone, Composer 2 an object that holds it.
void read_installed(const ImageFile& file, LanguagePackages& packages) {
  if (may_be_of_another(file)) return;
  const nlohmann::json document = parse_json_file(file.content);
  const nlohmann::json& list = document.is_array() ? document : member_of(document, "packages");
  if (!list.is_array()) throw base::ParseError("no list of packages");
  add_all(list, packages);
}

// What is for development alone stands in a list of its own.
void read_lock(const ImageFile& file, LanguagePackages& packages) {
  const nlohmann::json document = parse_json_file(file.content);
  const nlohmann::json& list = member_of(document, "packages");
  if (!list.is_array()) throw base::ParseError("no list of packages");
  add_all(list, packages);
}

}  // namespace

std::unique_ptr<Extractor> make_php_extractor() {
  return std::make_unique<LanguageFiles>(LanguageFiles::Ecosystem{
      .name = "php",
      .version = 2,
      .purl_type = "composer",
      .files = {
          {.example = "vendor/composer/installed.json", .names = {"composer/installed.json"}, .read = read_installed},
          {.example = "composer.lock", .names = {"composer.lock"}, .evidence = Evidence::kLocked, .read = read_lock}}});
}

}  // namespace scanner::inventory

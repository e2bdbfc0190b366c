// Lock files of Python's package managers: poetry, uv, PDM and pylock.toml (https://peps.python.org/pep-0751/) in TOML,
// Pipenv's in JSON, and what requirements files pin
// (https://pip.pypa.io/en/stable/reference/requirements-file-format/).
#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"
#include "scanner/inventory/development_packages.h"
#include "scanner/inventory/json_file.h"
#include "scanner/inventory/language_files.h"
#include "scanner/inventory/python/python_extractor.h"
#include "scanner/inventory/text_lines.h"
#include "scanner/inventory/toml_file.h"

namespace scanner::inventory {
namespace {

// What uv tells of needs: those of the program's own parts, and of each package. Two versions of one are needed both.
DevelopmentPackages needs_among(const std::vector<TomlPackage>& all) {
  DevelopmentPackages development;
  for (const TomlPackage& package : all) {
    development.add_package(package.name);
    for (const std::string& name : package.needs) development.add_need(package.name, name);
    if (!package.is_local) continue;
    development.add_root(package.name, DevelopmentPackages::Use::kProgram);
    for (const std::string& name : package.development_needs) {
      development.add_root(name, DevelopmentPackages::Use::kDevelopment);
    }
  }
  development.resolve();
  return development;
}

// By poetry's or PDM's word.
bool is_for_development(const TomlPackage& package) {
  if (package.category == "dev") return true;
  return !package.groups.empty() && std::ranges::all_of(package.groups, is_development_group);
}

void add_toml(std::string_view content, std::string_view key, LanguagePackages& packages) {
  const std::vector<TomlPackage> all = toml_packages(content, key);
  const DevelopmentPackages development = needs_among(all);
  for (const TomlPackage& one : all) {
    if (one.is_local || is_for_development(one) || development.contains(one.name)) continue;
    // What is built from a repository or a folder may have no version before it is: nothing could be looked up.
    if (one.version.empty() && one.is_from_place) continue;
    packages.add(normalised_python_name(one.name), one.version, "line", one.line);
  }
}

void read_toml_lock(const ImageFile& file, LanguagePackages& packages) {
  add_toml(file.content, "package", packages);
}

void read_pylock(const ImageFile& file, LanguagePackages& packages) {
  add_toml(file.content, "packages", packages);
}

// "develop" holds what is for development alone. What comes from a folder or from git has no version.
void read_pipfile_lock(const ImageFile& file, LanguagePackages& packages) {
  const nlohmann::json document = parse_json_file(file.content);
  const nlohmann::json& list = member_of(document, "default");
  if (!list.is_object()) return;
  std::size_t number = 0;
  for (const auto& [name, package] : list.items()) {
    ++number;
    const std::string version = text_member_of(package, "version");
    if (version.starts_with("==")) packages.add(normalised_python_name(name), version.substr(2), "package", number);
  }
}

// As pip decodes a requirements file, by its byte order mark: what PowerShell's ">" writes is UTF-16. Names and pins
// are ASCII, so that anything else becomes a question mark.
std::string decoded(std::string_view content) {
  if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
  const bool little = content.starts_with("\xFF\xFE");
  if (!little && !content.starts_with("\xFE\xFF")) {
    if (content.find('\0') != std::string_view::npos) throw base::ParseError("neither UTF-8 nor UTF-16");
    return std::string(content);
  }
  std::string text;
  text.reserve(content.size() / 2);
  for (std::size_t at = 2; at + 1 < content.size(); at += 2) {
    const char low = content[little ? at : at + 1];
    const bool ascii = content[little ? at + 1 : at] == 0 && static_cast<unsigned char>(low) < 0x80;
    if (ascii && low == 0) throw base::ParseError("neither UTF-8 nor UTF-16");
    text.push_back(ascii ? low : '?');
  }
  return text;
}

// "Flask[async]==2.0.0 ; python_version > '3'  # why". What is not pinned says nothing of what was installed.
void read_requirements(const ImageFile& file, LanguagePackages& packages) {
  const std::string content = decoded(file.content);
  std::size_t number = 0;
  for (std::string_view text = content; !text.empty();) {
    std::string_view line = take_line(text);
    ++number;
    line = without_blanks(line.substr(0, std::min(line.find(" #"), line.find(';'))));
    line = line.substr(0, line.find(" --"));
    const std::size_t pin = line.find("==");
    if (line.empty() || line.starts_with('#') || line.starts_with('-') || pin == std::string_view::npos) continue;
    if (line.find("://") != std::string_view::npos) continue;  // a place, whatever it holds
    // Other bounds may stand before the pin ("a>=1,==1.5") and behind it.
    const std::string_view name = line.substr(0, line.find_first_of("<>=!~,;[( \t"));
    std::string_view version = line.substr(pin + 2);
    if (version.starts_with('=')) version.remove_prefix(1);
    version = without_blanks(version.substr(0, version.find_first_of(",)\\")));
    if (version.find('*') == std::string_view::npos)
      packages.add(normalised_python_name(name), version, "line", number);
  }
}

// "requirements.txt", "requirements-prod.txt", "prod-requirements.txt", and "requirements/prod.txt": pip reads a file
// of any name.
bool is_requirements(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view name = path.substr(slash + 1);
  return name.starts_with("requirements") || name.ends_with("requirements.txt") ||
         (slash != std::string_view::npos && is_named(path.substr(0, slash), "requirements"));
}

}  // namespace

std::unique_ptr<Extractor> make_python_lock_extractor() {
  return std::make_unique<LanguageFiles>(LanguageFiles::Ecosystem{
      .name = "python-lock",
      .version = 2,
      .purl_type = "pypi",
      .files = {
          {.example = "poetry.lock",
           .names = {"poetry.lock", "uv.lock", "pdm.lock"},
           .evidence = Evidence::kLocked,
           .read = read_toml_lock,
           .marks = {"[[package]]", "package = [", "version = ", "content-hash"}},
          {.example = "pylock.toml", .names = {"pylock.toml"}, .evidence = Evidence::kLocked, .read = read_pylock},
          {.example = "Pipfile.lock",
           .names = {"Pipfile.lock"},
           .evidence = Evidence::kLocked,
           .read = read_pipfile_lock},
          {.example = "requirements.txt",
           .endings = {".txt"},
           .is_one = is_requirements,
           .evidence = Evidence::kLocked,
           .read = read_requirements}}});
}

}  // namespace scanner::inventory

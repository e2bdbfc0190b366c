#include "scanner/inventory/toml_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "scanner/inventory/development_packages.h"

// The library asserts what some documents do not keep to ("[[=]]"): such a document is none, and no reason to end.
#define TOML_ASSERT(condition) ((condition) ? void() : scanner::inventory::refuse_toml(#condition))
#define TOML_EXCEPTIONS 1
#define TOML_HEADER_ONLY 1
namespace scanner::inventory {
[[noreturn]] static void refuse_toml(const char* condition) {
  throw base::ParseError(fmt::format("not TOML: not so: {}", condition));
}
}  // namespace scanner::inventory
#include <toml++/toml.h>

namespace scanner::inventory {
namespace {

constexpr std::string_view kPlaces[] = {"vcs", "git", "url", "archive", "directory", "path", "editable", "virtual"};
constexpr std::string_view kLocalSources[] = {"editable", "virtual", "directory", "workspace", "path"};

// The library's tables of letters and blanks run into what it calls unreachable for some characters outside ASCII.
// Names and versions have none of these: with a blank instead they are none, as with the character.
std::string in_ascii(std::string_view content) {
  std::string text(content);
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) > 0x7F; }, ' ');
  return text;
}

toml::table parse(std::string_view content) {
  try {
    return toml::parse(in_ascii(content));
  } catch (const toml::parse_error& error) {
    throw base::ParseError(fmt::format("not TOML: line {}: {}", error.source().begin.line, error.description()));
  }
}

std::string text_of(const toml::table& table, std::string_view key) {
  return table[key].value_or(std::string());
}

std::vector<std::string> texts_of(const toml::table& table, std::string_view key) {
  std::vector<std::string> texts;
  const toml::array* const list = table[key].as_array();
  if (list == nullptr) return texts;
  for (const toml::node& one : *list) {
    if (one.is_string()) texts.push_back(one.value_or(std::string()));
  }
  return texts;
}

// dependencies = [{ name = "click", marker = "..." }]
void add_names(const toml::node* list, std::vector<std::string>& names) {
  if (list == nullptr || !list->is_array()) return;
  for (const toml::node& one : *list->as_array()) {
    if (const toml::table* const table = one.as_table()) names.push_back(text_of(*table, "name"));
  }
}

// [package.optional-dependencies] and [package.dev-dependencies] have a list for each extra and group.
void add_needs(const toml::table& table, TomlPackage& package) {
  add_names(table.get("dependencies"), package.needs);
  if (const toml::table* const extras = table["optional-dependencies"].as_table()) {
    for (const auto& [extra, list] : *extras) add_names(&list, package.needs);
  }
  if (const toml::table* const groups = table["dev-dependencies"].as_table()) {
    for (const auto& [group, list] : *groups) {
      add_names(&list, is_development_group(group.str()) ? package.development_needs : package.needs);
    }
  }
}

TomlPackage package_of(const toml::table& table) {
  TomlPackage package{.name = text_of(table, "name"),
                      .version = text_of(table, "version"),
                      .category = text_of(table, "category"),
                      .groups = texts_of(table, "groups"),
                      .has_source = table.contains("source"),
                      .line = table.source().begin.line};
  add_needs(table, package);
  const toml::table* const source = table["source"].as_table();
  for (const std::string_view place : kPlaces) {
    package.is_from_place = package.is_from_place || (source == nullptr ? table : *source).contains(place);
  }
  if (source != nullptr) {
    for (const std::string_view local : kLocalSources) package.is_local = package.is_local || source->contains(local);
  }
  return package;
}

}  // namespace

std::vector<TomlPackage> toml_packages(std::string_view content, std::string_view key) {
  const toml::table document = parse(content);
  std::vector<TomlPackage> packages;
  const toml::array* const tables = document[key].as_array();
  if (tables == nullptr) return packages;
  for (const toml::node& node : *tables) {
    if (const toml::table* const table = node.as_table()) packages.push_back(package_of(*table));
  }
  return packages;
}

std::vector<TomlPackage> toml_named_packages(std::string_view content) {
  const toml::table document = parse(content);
  const toml::table* const below = document["deps"].as_table();
  std::vector<TomlPackage> packages;
  for (const auto& [name, node] : below == nullptr ? document : *below) {
    const toml::array* const tables = node.as_array();
    if (tables == nullptr) continue;
    for (const toml::node& one : *tables) {
      const toml::table* const table = one.as_table();
      if (table == nullptr) continue;
      packages.push_back(package_of(*table));
      packages.back().name = name.str();
    }
  }
  return packages;
}

}  // namespace scanner::inventory

// Lock files of npm (https://docs.npmjs.com/cli/configuring-npm/package-lock-json), yarn, pnpm and bun (both of its).
// What is for development alone is left out where they tell it.
#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"
#include "scanner/inventory/json_file.h"
#include "scanner/inventory/language_files.h"
#include "scanner/inventory/npm/bun_lock.h"
#include "scanner/inventory/npm/bun_lockb.h"
#include "scanner/inventory/npm/pnpm_lock.h"
#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

constexpr std::string_view kModules = "node_modules/";

bool is_true(const nlohmann::json& object, const char* name) {
  return member_of(object, name) == true;
}

// Format 2 and 3: installed paths. Another name than the path's is that of an alias; without "node_modules" an entry is
// a part of the program itself.
void add_package_paths(const nlohmann::json& entries, LanguagePackages& packages) {
  std::size_t number = 0;
  for (const auto& [path, entry] : entries.items()) {
    ++number;
    const std::size_t folder = path.rfind(kModules);
    if (folder == std::string::npos || is_true(entry, "link") || is_true(entry, "dev")) continue;
    const std::string own_name = text_member_of(entry, "name");
    packages.add(own_name.empty() ? path.substr(folder + kModules.size()) : own_name, text_member_of(entry, "version"),
                 "entry", number);
  }
}

// Format 1: packages in one another. A version may be an alias ("npm:real@1.0.0"), or a place that has none.
void add_dependency_tree(const nlohmann::json& root, LanguagePackages& packages) {
  std::vector<const nlohmann::json*> waiting = {&member_of(root, "dependencies")};
  std::size_t number = 0;
  while (!waiting.empty()) {
    const nlohmann::json& level = *waiting.back();
    waiting.pop_back();
    if (!level.is_object()) continue;
    for (const auto& [name, entry] : level.items()) {
      ++number;
      waiting.push_back(&member_of(entry, "dependencies"));
      if (is_true(entry, "dev")) continue;
      std::string real_name = name;
      std::string version = text_member_of(entry, "version");
      if (const std::size_t at = version.rfind('@'); version.starts_with("npm:") && at > 4 && at != std::string::npos) {
        real_name = version.substr(4, at - 4);
        version.erase(0, at + 1);
      }
      if (version.find(':') == std::string::npos) packages.add(real_name, version, "entry", number);
    }
  }
}

void read_package_lock(const ImageFile& file, LanguagePackages& packages) {
  const nlohmann::json document = parse_json_file(file.content);
  const nlohmann::json& entries = member_of(document, "packages");
  if (entries.is_object()) {
    add_package_paths(entries, packages);
  } else {
    add_dependency_tree(document, packages);
  }
}

// "@babel/code@^7.0.0" -> "@babel/code"; "alias@npm:real@^1" -> "real".
std::string_view name_of_request(std::string_view request) {
  const std::size_t alias = request.find("@npm:");
  if (alias != std::string_view::npos && request.find('@', alias + 6) != std::string_view::npos) {
    request.remove_prefix(alias + 5);
  }
  return request.substr(0, request.find('@', 1));
}

// Of yarn 1 ("a@^1, a@~1.2:" and `  version "1.2.3"`) and of later ones ("a@npm:^1": and "  version: 1.2.3"), which are
// YAML of one form. What stands in the program's own folders is "a@workspace:.".
void read_yarn_lock(const ImageFile& file, LanguagePackages& packages) {
  std::string_view name;
  std::size_t number = 0;
  for (std::string_view text = file.content; !text.empty();) {
    const std::string_view line = take_line(text);
    ++number;
    if (line.empty() || line.front() == '#') continue;
    if (line.front() != ' ') {
      std::string_view request = line.substr(0, line.find(", "));
      if (request.ends_with(':')) request.remove_suffix(1);
      request = request.starts_with('"') ? request.substr(1, request.find('"', 1) - 1) : request;
      const bool own = request.find("@workspace:") != std::string_view::npos || request == "__metadata";
      name = own ? std::string_view{} : name_of_request(request);
    } else if (!name.empty() && line.starts_with("  version")) {
      std::string_view version = line.substr(9);
      if (version.starts_with(':')) version.remove_prefix(1);
      packages.add(name, yaml_scalar(version), "line", number);
      name = {};
    }
  }
}

}  // namespace

std::unique_ptr<Extractor> make_npm_lock_extractor() {
  return std::make_unique<LanguageFiles>(LanguageFiles::Ecosystem{
      .name = "npm-lock",
      .version = 4,
      .purl_type = "npm",
      .files = {
          {.example = "package-lock.json",
           .names = {"package-lock.json", "npm-shrinkwrap.json"},
           .evidence = Evidence::kLocked,
           .read = read_package_lock},
          {.example = "yarn.lock",
           .names = {"yarn.lock"},
           .evidence = Evidence::kLocked,
           .read = read_yarn_lock,
           .marks = {"yarn lockfile v1", "__metadata:"}},
          {.example = "pnpm-lock.yaml",
           .names = {"pnpm-lock.yaml"},
           .evidence = Evidence::kLocked,
           .read = read_pnpm_lock,
           .marks = {"lockfileVersion:", "shrinkwrapVersion:"}},
          {.example = "bun.lock",
           .names = {"bun.lock"},
           .evidence = Evidence::kLocked,
           .read = read_bun_lock,
           .marks = {"\"lockfileVersion\""}},
          {.example = "bun.lockb", .names = {"bun.lockb"}, .evidence = Evidence::kLocked, .read = read_bun_lockb}}});
}

}  // namespace scanner::inventory

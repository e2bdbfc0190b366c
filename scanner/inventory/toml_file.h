// Lock files in TOML: lists of tables that each describe a package. https://toml.io/en/v1.0.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace scanner::inventory {

// The values of one table that are texts, empty where there is none.
struct TomlPackage {
  std::string name{};
  std::string version{};
  std::string category{};             // of poetry up to 1.4: "main", "dev"
  std::vector<std::string> groups{};  // of later ones and of PDM
  // Names of packages, as uv lists them: also those of extras and of groups, without and with such as are for
  // development (development_packages.h).
  std::vector<std::string> needs{};
  std::vector<std::string> development_needs{};
  bool has_source = false;  // "source", whatever its form
  bool is_local = false;    // whose source is a folder: "editable", "virtual", "directory", "workspace"
  // It comes from a folder, a repository or an archive, in "source" or, as pylock.toml has it, in the table itself:
  // there a version may be missing.
  bool is_from_place = false;
  std::size_t line = 0;
};

// The tables of the array `key` ("package"); nothing when there is none. Throws base::ParseError that names the line
// for what is not TOML.
[[nodiscard]] std::vector<TomlPackage> toml_packages(std::string_view content, std::string_view key);

// Of Julia's manifests: the tables below "deps" (or at the top, in the first format), each named by its key.
[[nodiscard]] std::vector<TomlPackage> toml_named_packages(std::string_view content);

}  // namespace scanner::inventory

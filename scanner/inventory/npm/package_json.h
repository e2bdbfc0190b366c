// The two fields of a package.json that an inventory needs, read without building the document.
#pragma once

#include <string>
#include <string_view>

namespace scanner::inventory {

struct PackageJson {
  std::string name;     // empty: absent, or not a text
  std::string version;  // the same
};

// Throws base::ParseError for what is not a JSON object or nests deeper than kJsonDepthMax.
[[nodiscard]] PackageJson parse_package_json(std::string_view content);

}  // namespace scanner::inventory

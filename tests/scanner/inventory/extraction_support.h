// What the tests of extractors share: running one over a text, and telling packages in one line each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scanner/inventory/extractor.h"
#include "scanner/inventory/system_package.h"

namespace tests {

inline constexpr std::string_view kTestLayer =
    "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

[[nodiscard]] inline scanner::Distribution debian_12() {
  return {.id = "debian", .version_id = "12", .codename = "bookworm", .pretty_name = "Debian GNU/Linux 12 (bookworm)"};
}

[[nodiscard]] inline scanner::Extraction extract(const scanner::inventory::Extractor& extractor, std::string_view path,
                                                 std::string_view content) {
  return extractor.extract({.path = path, .content = content});
}

// As extract(); the packages have the purls that they get in an image of this distribution.
[[nodiscard]] inline scanner::Extraction extract_in(const scanner::Distribution& distribution,
                                                    const scanner::inventory::Extractor& extractor,
                                                    std::string_view path, std::string_view content) {
  scanner::Extraction extraction = extract(extractor, path, content);
  for (scanner::Package& package : extraction.packages) {
    package.purl = scanner::inventory::system_purl(package, distribution);
  }
  return extraction;
}

// "curl 7.88.1-10"
[[nodiscard]] inline std::vector<std::string> names_and_versions(const std::vector<scanner::Package>& packages) {
  std::vector<std::string> lines;
  for (const scanner::Package& package : packages) lines.push_back(package.name + " " + package.version);
  return lines;
}

}  // namespace tests

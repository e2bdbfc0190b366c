// Packages of programming languages, whose purl has a name, a version and perhaps a namespace.
#pragma once

#include <string>
#include <string_view>

#include "base/purl.h"
#include "scanner/inventory/extractor.h"
#include "scanner/inventory/package_text.h"

namespace scanner::inventory {

// `name` as advisories have it; `purl` is written from the parts as they are.
[[nodiscard]] Package language_package(std::string_view name, const base::PurlParts& purl);

// What one file tells of packages of one purl type. What has no readable name and version is counted, not kept.
class LanguagePackages {
 public:
  explicit LanguagePackages(std::string_view purl_type) : purl_type_(purl_type) {}

  // `name` as advisories have it: what stands before its last slash (of Maven, before its colon) is the purl's
  // namespace. `inner_path` is Package::path of an Extraction, `unit` and `number` name the place for a person:
  // "line", 12.
  void add(std::string_view name, std::string_view version, std::string_view unit, std::size_t number,
           std::string_view inner_path = {});
  [[nodiscard]] BrokenParts& broken() { return broken_; }
  [[nodiscard]] bool empty() const { return extraction_.packages.empty(); }

  // Everything, with a warning about `path` if anything could not be read.
  [[nodiscard]] Extraction take(std::string_view path);

 private:
  std::string_view purl_type_;
  Extraction extraction_;
  BrokenParts broken_;
};

}  // namespace scanner::inventory

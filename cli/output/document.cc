#include "cli/output/document.h"

#include <fmt/format.h>

#include <map>

#include "base/digest.h"
#include "base/error.h"
#include "base/image_reference.h"
#include "base/purl.h"

namespace cli::output {
namespace {

constexpr std::string_view kLayoutPrefix = "oci:";

std::string last_part(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return std::string(path.substr(path.rfind('/') + 1));
}

// What an SBOM is about has the name of its file, and is an image only if it says which.
std::string sbom_purl(const ScanResult& result) {
  return base::write_purl({.type = result.inventory.digest.empty() ? "generic" : "oci",
                           .space = {},
                           .name = last_part(std::string_view(result.image).substr(kSbomPrefix.size())),
                           .version = result.inventory.digest,
                           .qualifiers = {}});
}

std::string layout_purl(const ScanResult& result) {
  std::string name = last_part(std::string_view(result.image).substr(kLayoutPrefix.size()));
  if (const std::size_t tag = name.find(':'); tag != std::string::npos) name.resize(tag);
  if (name.empty() || name == ".") name = "image";
  return base::write_purl(
      {.type = "oci", .space = {}, .name = name, .version = result.inventory.digest, .qualifiers = {}});
}

}  // namespace

std::string document_uuid(const ScanResult& result, std::string_view form) {
  std::string hex = base::sha256_hex(
      fmt::format("{}\n{}\n{}\n{}", form, result.image, result.inventory.digest, result.database.generation));
  hex[12] = '8';
  hex[16] = "89ab"[hex[16] % 4];
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4),
                     hex.substr(20, 12));
}

std::string image_purl(const ScanResult& result) {
  if (std::string_view(result.image).starts_with(kSbomPrefix)) return sbom_purl(result);
  if (std::string_view(result.image).starts_with(kLayoutPrefix)) return layout_purl(result);
  const base::ImageReference reference = base::parse_image_reference(result.image);
  const std::string name = last_part(reference.repository);
  const std::string repository = reference.name();
  return base::write_purl({.type = "oci",
                           .space = {},
                           .name = name,
                           .version = result.inventory.digest,
                           .qualifiers = {{"repository_url", repository}, {"tag", reference.tag}}});
}

// The purls of packages have neither qualifier themselves, and only such as come before them in the order of keys.
std::string component_purl(const scanner::Package& package) {
  const bool same_source = package.source.empty() && package.source_version.empty();
  const std::string source =
      same_source ? "" : fmt::format("{}@{}", package.source_name(), package.effective_source_version());
  if (source.empty() && package.module.empty()) return package.purl;
  const std::string encoded = base::write_purl({.type = "x",
                                                .space = {},
                                                .name = "x",
                                                .version = {},
                                                .qualifiers = {{"rpmmod", package.module}, {"upstream", source}}});
  const char separator = package.purl.find('?') == std::string::npos ? '?' : '&';
  return package.purl + separator + encoded.substr(encoded.find('?') + 1);
}

std::vector<std::string> package_references(const ScanResult& result) {
  std::map<std::string, int> seen;
  std::vector<std::string> references;
  for (const scanner::Package& package : result.inventory.packages) {
    const int times = ++seen[package.purl];
    references.push_back(times == 1 ? package.purl : fmt::format("{}#{}", package.purl, times));
  }
  return references;
}

}  // namespace cli::output

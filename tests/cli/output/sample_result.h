// A result with one of each: a Debian package with a source and two vulnerabilities, an npm package that is there
// twice.
#pragma once

#include "cli/scan_result.h"

namespace tests {

[[nodiscard]] inline scanner::Package sample_package(const std::string& type, const std::string& name,
                                                     const std::string& version, const std::string& path) {
  return {.type = type,
          .name = name,
          .version = version,
          .purl = "pkg:" + type + "/" + name + "@" + version,
          .layer = "sha256:11",
          .path = path,
          .found_by = type};
}

[[nodiscard]] inline scanner::matching::Vulnerability sample_vulnerability(const std::string& id,
                                                                           const scanner::Package& package) {
  scanner::matching::Vulnerability found;
  found.id = id;
  found.package_type = package.type;
  found.package = package.source_name();
  found.installed = package.version;
  found.purls = {package.purl};
  found.layer = package.layer;
  found.path = package.path;
  return found;
}

[[nodiscard]] inline cli::ScanResult sample_result() {
  using scanner::advisories::Severity;
  cli::ScanResult result;
  result.image = "registry:5000/shop/web:1";
  result.inventory.digest = "sha256:" + std::string(64, 'a');
  result.inventory.platform = "linux/amd64";
  result.inventory.distribution = {.id = "debian", .version_id = "12", .codename = {}, .pretty_name = "Debian 12"};
  scanner::Package libssl = sample_package("deb", "libssl3", "3.0.9-1", "var/lib/dpkg/status");
  libssl.source = "openssl";
  libssl.purl += "?arch=amd64";
  const scanner::Package lodash = sample_package("npm", "lodash", "4.17.11", "a/node_modules/lodash/package.json");
  scanner::Package again = lodash;
  again.path = "b c/node_modules/lodash/package.json";
  result.inventory.packages = {libssl, lodash, again};

  scanner::matching::Vulnerability critical = sample_vulnerability("CVE-2024-0001", lodash);
  critical.aliases = {"GHSA-aaaa-bbbb-cccc"};
  critical.severity = Severity::kCritical;
  critical.severity_source = "ghsa";
  critical.ratings = {
      {.source = "ghsa", .severity = Severity::kCritical, .vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
      {.source = "ghsa", .severity = Severity::kCritical, .vector = ""}};
  critical.fixed = "4.17.12";
  critical.title = "lodash sets what it should not";
  critical.url = "https://example.org/CVE-2024-0001";
  critical.references = {"https://example.org/advisory", "https://example.org/fix"};
  critical.published = "2024-01-02T03:04:05Z";
  critical.threat = {.exploited_since = "2024-02-03", .ransomware = true, .epss = "0.97", .epss_percentile = "0.99"};
  scanner::matching::Vulnerability low = sample_vulnerability("CVE-2024-0002", libssl);
  low.severity = Severity::kLow;
  result.vulnerabilities = {critical, low};
  result.complete = true;
  result.database.generation = 7;
  result.database.built_at = "2026-01-31T08:00:00Z";
  return result;
}

}  // namespace tests

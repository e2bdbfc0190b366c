#include "scanner/inventory/os_release.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/log.h"
#include "scanner/inventory/limits.h"
#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

constexpr std::array<std::string_view, 2> kPaths = {kOsReleasePath, "usr/lib/os-release"};
constexpr std::array<std::string_view, 37> kKnownIds = {"debian",
                                                        "ubuntu",
                                                        "echo",
                                                        "alpine",
                                                        "wolfi",
                                                        "chainguard",
                                                        "minimos",
                                                        "almalinux",
                                                        "rocky",
                                                        "rhel",
                                                        "centos",
                                                        "ol",
                                                        "amzn",
                                                        "fedora",
                                                        "opensuse-leap",
                                                        "opensuse-tumbleweed",
                                                        "sles",
                                                        "sles_sap",
                                                        "sled",
                                                        "sle_hpc",
                                                        "sle-micro-rancher",
                                                        "suse-microos",
                                                        "opensuse",
                                                        "opensuse-microos",
                                                        "sle-micro",
                                                        "photon",
                                                        "azurelinux",
                                                        "mariner",
                                                        "arch",
                                                        "sl-micro",
                                                        "opensuse-leap-micro",
                                                        "leap-micro",
                                                        "mageia",
                                                        "openEuler",
                                                        "openeuler",
                                                        "alpaquita",
                                                        "bellsoft-hardened-containers"};

// In the order of their ranks.
constexpr std::array<std::string_view, 7> kAllPaths = {kPaths[0],
                                                       kPaths[1],
                                                       "etc/oracle-release",
                                                       "etc/centos-release",
                                                       "etc/fedora-release",
                                                       "etc/system-release",
                                                       "etc/redhat-release"};

// How the line of a release begins, and os-release's id.
struct ReleaseName {
  std::string_view begin;
  std::string_view id;
};
constexpr std::array kReleaseNames{
    ReleaseName{"CentOS ", "centos"},     ReleaseName{"Red Hat Enterprise Linux ", "rhel"},
    ReleaseName{"Oracle Linux ", "ol"},   ReleaseName{"AlmaLinux ", "almalinux"},
    ReleaseName{"Rocky Linux ", "rocky"}, ReleaseName{"Fedora ", "fedora"},
    ReleaseName{"Amazon Linux ", "amzn"}, ReleaseName{"Scientific Linux ", "scientific"}};

// A value as a shell would read it: bare, in single quotes, or in double quotes where a backslash escapes.
// nullopt when a quote is not closed or something follows it.
std::optional<std::string> unquoted(std::string_view text) {
  if (text.empty() || (text.front() != '"' && text.front() != '\'')) return std::string(text);
  const char quote = text.front();
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == quote) return i + 1 == text.size() ? std::optional(value) : std::nullopt;
    if (text[i] == '\\' && quote == '"' && i + 1 < text.size()) ++i;
    value += text[i];
  }
  return std::nullopt;
}

void set_field(Distribution& distribution, std::string_view key, std::string_view text) {
  std::optional<std::string> value = unquoted(text);
  if (!value) return;
  value = base::escape_text(*value, kOsReleaseValueBytesMax);
  if (key == "ID") distribution.id = *value;
  if (key == "VERSION_ID") distribution.version_id = *value;
  if (key == "VERSION_CODENAME") distribution.codename = *value;
  if (key == "PRETTY_NAME") distribution.pretty_name = *value;
}

}  // namespace

bool OsReleaseExtractor::wants(std::string_view path) const {
  return rank_of_release_file(path) < kAllPaths.size();
}

Extraction OsReleaseExtractor::extract(const ImageFile& file) const {
  const bool is_os_release = std::ranges::find(kPaths, file.path) != kPaths.end();
  return {.distribution = is_os_release ? parse_os_release(file.content) : parse_release_line(file.content)};
}

std::span<const std::string_view> OsReleaseExtractor::fixed_paths() const {
  return kAllPaths;
}

std::size_t rank_of_release_file(std::string_view path) {
  return static_cast<std::size_t>(std::ranges::find(kAllPaths, path) - kAllPaths.begin());
}

Distribution parse_release_line(std::string_view content) {
  constexpr std::string_view kRelease = "release ";
  const std::string_view line = without_blanks(take_line(content));
  const std::size_t release = line.find(kRelease);
  if (release == std::string_view::npos) return {};
  const std::string_view number = line.substr(release + kRelease.size());
  for (const ReleaseName& name : kReleaseNames) {
    if (!line.starts_with(name.begin)) continue;
    return {.id = std::string(name.id),
            .version_id = base::escape_text(number.substr(0, number.find(' ')), kOsReleaseValueBytesMax),
            .codename = {},
            .pretty_name = base::escape_text(line, kOsReleaseValueBytesMax)};
  }
  return {};
}

Distribution parse_os_release(std::string_view content) {
  Distribution distribution;
  while (!content.empty()) {
    const std::string_view line = without_blanks(take_line(content));
    const std::size_t equals = line.find('=');
    if (line.starts_with('#') || equals == std::string_view::npos) continue;
    set_field(distribution, line.substr(0, equals), line.substr(equals + 1));
  }
  return distribution;
}

bool is_known(const Distribution& distribution) {
  return std::find(kKnownIds.begin(), kKnownIds.end(), distribution.id) != kKnownIds.end();
}

}  // namespace scanner::inventory

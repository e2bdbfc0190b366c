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
constexpr std::array<std::string_view, 31> kKnownIds = {"debian",
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
  return std::find(kPaths.begin(), kPaths.end(), path) != kPaths.end();
}

Extraction OsReleaseExtractor::extract(const ImageFile& file) const {
  return {.distribution = parse_os_release(file.content)};
}

std::span<const std::string_view> OsReleaseExtractor::fixed_paths() const {
  return kPaths;
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

#include "scanner/matching/upgrade_command.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/purl.h"
#include "scanner/matching/ubuntu_pro.h"

namespace scanner::matching {

namespace {

// Names that a shell would read as something else are not put before a person as a command.
bool is_plain(std::string_view text) {
  constexpr std::string_view kPlain = "@/._+-:~^=";
  return std::ranges::all_of(text, [kPlain](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           kPlain.find(letter) != std::string_view::npos;
  });
}

// {0}: the package, {1}: the version. Of Maven's "group:artifact" both parts stand in the package.
struct CommandForm {
  std::string_view purl_type;
  std::string_view command;
};
constexpr std::array kLanguages{CommandForm{"npm", "npm install {0}@{1}"},
                                CommandForm{"pypi", "pip install '{0}>={1}'"},
                                CommandForm{"golang", "go get {0}@v{1}"},
                                CommandForm{"gem", "gem install {0} --version '>= {1}'"},
                                CommandForm{"composer", "composer require '{0}:>={1}'"},
                                CommandForm{"nuget", "dotnet add package {0} --version {1}"},
                                CommandForm{"cargo", "cargo update --package {0} --precise {1}"},
                                CommandForm{"maven", "set {0} to version {1} in pom.xml or build.gradle"},
                                CommandForm{"hex", "mix deps.update {0}  # to {1} or later"},
                                CommandForm{"pub", "dart pub upgrade {0}  # to {1} or later"},
                                CommandForm{"swift", "swift package update {0}  # to {1} or later"},
                                CommandForm{"conda", "conda install '{0}>={1}'"},
                                CommandForm{"bitnami", "install {0} {1} or later, or take a newer base image"},
                                CommandForm{"conan", "set {0}/{1} in conanfile.txt"}};

std::string language_command(std::string_view type, std::string_view package, std::string_view to) {
  if (type == "golang" && package == "stdlib") return fmt::format("build it again with Go {} or later", to);
  for (const CommandForm& manager : kLanguages) {
    if (manager.purl_type == type) return fmt::format(fmt::runtime(manager.command), package, to);
  }
  return {};
}

std::string_view rpm_manager(const Distribution& distribution) {
  const std::string& id = distribution.id;
  const bool is_of_suse = id.starts_with("sl") || id.starts_with("opensuse") || id.starts_with("suse");
  if (is_of_suse || id == "leap-micro") return "zypper update";
  if (id == "photon" || id == "azurelinux" || id == "mariner") return "tdnf update";
  const bool is_old = distribution.version_id.starts_with("7") || distribution.version_id.starts_with("6") ||
                      (id == "amzn" && distribution.version_id != "2023");
  return is_old ? "yum update" : "dnf upgrade";
}

std::string_view system_manager(std::string_view type, const Distribution& distribution) {
  if (type == "deb") return "apt-get install --only-upgrade";
  if (type == "apk") return "apk add --upgrade";
  return type == "alpm" ? "pacman -Syu" : rpm_manager(distribution);
}

// The packages in the image that were built from this source. A binary that shares its source's version shares that of
// the fix too; one that has its own is named without a version.
struct Binary {
  std::string name;
  bool has_source_version = false;
  auto operator<=>(const Binary&) const = default;
};

std::set<Binary> binaries_of(const Vulnerability& vulnerability) {
  std::set<Binary> binaries;
  for (const std::string& text : vulnerability.purls) {
    const std::optional<base::Purl> purl = base::parse_purl(text);
    if (purl) binaries.insert({.name = purl->name, .has_source_version = purl->version == vulnerability.installed});
  }
  return binaries;
}

std::string system_command(const Vulnerability& vulnerability, std::string_view to, const Distribution& distribution) {
  const std::string& type = vulnerability.package_type;
  std::string command(system_manager(type, distribution));
  for (const Binary& binary : binaries_of(vulnerability)) {
    command += " ";
    if (type == "deb") {
      command += binary.name + (binary.has_source_version ? "=" + std::string(to) : "");
    } else if (type == "apk") {
      command += fmt::format("'{}>={}'", binary.name, to);
    } else {
      command += binary.name;
    }
  }
  return is_pro_version(to) ? command + "  # with Ubuntu Pro, which alone has it" : command;
}

}  // namespace

bool is_of_distribution(std::string_view purl_type) {
  return purl_type == "deb" || purl_type == "apk" || purl_type == "rpm" || purl_type == "alpm";
}

std::string upgrade_command(const Vulnerability& vulnerability, std::string_view to, const Distribution& distribution) {
  if (!is_plain(vulnerability.package) || !is_plain(to)) return {};
  const std::string& type = vulnerability.package_type;
  if (is_of_distribution(type)) return system_command(vulnerability, to, distribution);
  return language_command(type, vulnerability.package, to);
}

}  // namespace scanner::matching

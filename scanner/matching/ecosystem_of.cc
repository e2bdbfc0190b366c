// Database keys of the ecosystems that an image's packages belong to.
#include <array>
#include <utility>

#include "scanner/matching/matcher.h"

namespace scanner::matching {

namespace {

// A Debian that is not released yet has no VERSION_ID.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kDebianCodenames{
    {{"buster", "10"}, {"bullseye", "11"}, {"bookworm", "12"}, {"trixie", "13"}, {"forky", "14"}}};

// Some SBOMs tell a release by its code name alone.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kUbuntuCodenames{{{"trusty", "14.04"},
                                                                                         {"xenial", "16.04"},
                                                                                         {"bionic", "18.04"},
                                                                                         {"focal", "20.04"},
                                                                                         {"jammy", "22.04"},
                                                                                         {"noble", "24.04"},
                                                                                         {"oracular", "24.10"},
                                                                                         {"plucky", "25.04"}}};

// "9.3" -> "9".
std::string major_of(const std::string& version_id) {
  return version_id.substr(0, version_id.find('.'));
}

// "trixie/sid" is what a Debian between releases calls itself. Empty: a name that is not in the table.
template <std::size_t Count>
std::string release_called(const std::string& codename,
                           const std::array<std::pair<std::string_view, std::string_view>, Count>& releases) {
  const std::string_view wanted = std::string_view(codename).substr(0, codename.find('/'));
  for (const auto& [name, release] : releases) {
    if (name == wanted) return std::string(release);
  }
  return {};
}

// "22.04.2" -> "22.04".
std::string minor_of(const std::string& version_id) {
  const std::size_t minor = version_id.find('.');
  if (minor == std::string::npos) return version_id;
  return version_id.substr(0, version_id.find('.', minor + 1));
}

std::string debian_release(const Distribution& distribution) {
  if (!distribution.version_id.empty()) return major_of(distribution.version_id);
  return release_called(distribution.codename, kDebianCodenames);
}

std::string ubuntu_release(const Distribution& distribution) {
  if (!distribution.version_id.empty()) return minor_of(distribution.version_id);
  return release_called(distribution.codename, kUbuntuCodenames);
}

// "3.20.1" -> "3.20"; "3.21_alpha20240807" is what edge calls itself between releases.
std::string alpine_release(const std::string& version_id) {
  if (version_id.find("_alpha") != std::string::npos) return "edge";
  return minor_of(version_id);
}

std::string with_release(std::string_view prefix, const std::string& release) {
  return release.empty() ? std::string{} : std::string(prefix) + release;
}

// By os-release's id and the key's. CentOS up to 8 is rebuilt from Red Hat's sources, with their versions; what is
// called a stream runs ahead of them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kRpmDistributions{
    {{"rhel", "rpm:rhel:"},
     {"centos", "rpm:rhel:"},
     {"almalinux", "rpm:almalinux:"},
     {"rocky", "rpm:rocky:"},
     {"ol", "rpm:ol:"},
     {"amzn", "rpm:amzn:"}}};

std::string rpm_ecosystem(const Distribution& distribution) {
  if (distribution.pretty_name.find("Stream") != std::string::npos) return {};
  for (const auto& [id, key] : kRpmDistributions) {
    if (distribution.id == id) return with_release(key, major_of(distribution.version_id));
  }
  return {};
}

}  // namespace

std::string ecosystem_of(const Package& package, const Distribution& distribution) {
  if (package.type == "deb" && distribution.id == "debian")
    return with_release("deb:debian:", debian_release(distribution));
  if (package.type == "deb" && distribution.id == "ubuntu")
    return with_release("deb:ubuntu:", ubuntu_release(distribution));
  if (package.type == "apk" && distribution.id == "alpine") {
    return with_release("apk:alpine:", alpine_release(distribution.version_id));
  }
  // Rolling releases have one ecosystem.
  if (package.type == "apk" && (distribution.id == "wolfi" || distribution.id == "chainguard")) {
    return "apk:" + distribution.id;
  }
  if (package.type == "rpm") return rpm_ecosystem(distribution);
  if (package.type == "deb" || package.type == "apk") return {};
  return package.type;
}

}  // namespace scanner::matching

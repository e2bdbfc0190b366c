// Names of ecosystems and of packages in them, as the database's keys spell them: one spelling for what feeds say and
// for what images hold.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scanner::advisories {

// "PyPI" -> "pypi", "Debian:12" -> "deb:debian:12", "Rocky Linux:9" -> "rpm:rocky:9:source"; nullopt for an ecosystem
// that has no purl type here, or a distribution without its release.
[[nodiscard]] std::optional<std::string> ecosystem_of_osv(std::string_view osv_ecosystem);

// The distribution and its release as notices and inventories write them: "Red Hat Enterprise Linux 9" -> "rpm:rhel:9",
// "openSUSE Leap 15.1" -> "rpm:opensuse-leap:15.1", "Ubuntu 22.04 LTS" -> "deb:ubuntu:22.04". What Red Hat
// keeps up beside or after its newest release has a key of its own (redhat_products.h). `source` is its name as one
// that rates.
struct NamedRelease {
  std::string ecosystem;
  std::string number;  // "9", "22.04"
  std::string_view source;
};
// nullopt for a name that is not known here, or that has no release.
[[nodiscard]] std::optional<NamedRelease> release_named(std::string_view name);

// "bookworm" -> "12", "jammy" -> "22.04"; empty for a name that no release has: "sid".
[[nodiscard]] std::string_view debian_release_called(std::string_view codename);
[[nodiscard]] std::string_view ubuntu_release_called(std::string_view codename);

// Where records say that releases of a distribution have ended, by its os-release ID; their packages are releases:
// "12", "22.04".
[[nodiscard]] std::string end_of_life_ecosystem(std::string_view os_release_id);

// Whether advisories of this key name binary packages; else source packages.
[[nodiscard]] bool names_binaries(std::string_view ecosystem);

// Most vendors of debs and apks tell of source packages, most of rpms of binary ones. Behind the key of a distribution:
// the key of the advisories that name the others.
inline constexpr std::string_view kBinarySuffix = ":binary";
inline constexpr std::string_view kSourceSuffix = ":source";
// Behind the key of a release of Ubuntu: what it says of the packages of its subscribers.
inline constexpr std::string_view kProSuffix = ":pro";

// The purl type of a key: "deb" of "deb:debian:12", "pypi" of "pypi".
[[nodiscard]] std::string_view purl_type_of(std::string_view ecosystem);

// The package's name as the ecosystem compares names: PEP 503 for pypi, lower case for nuget and composer, else as it
// is.
[[nodiscard]] std::string normalised_package(std::string_view ecosystem, std::string_view package);

}  // namespace scanner::advisories

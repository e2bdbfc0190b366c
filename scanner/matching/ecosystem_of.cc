// Database keys of the ecosystems that an image's packages belong to.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <utility>

#include "scanner/advisories/ecosystem.h"
#include "scanner/matching/matcher.h"

namespace scanner::matching {

namespace {

// "9.3" -> "9".
std::string major_of(const std::string& version_id) {
  return version_id.substr(0, version_id.find('.'));
}

// "trixie/sid" is what a Debian between releases calls itself.
std::string_view own_codename(const Distribution& distribution) {
  return std::string_view(distribution.codename).substr(0, distribution.codename.find('/'));
}

// "22.04.2" -> "22.04".
std::string minor_of(const std::string& version_id) {
  const std::size_t minor = version_id.find('.');
  if (minor == std::string::npos) return version_id;
  return version_id.substr(0, version_id.find('.', minor + 1));
}

// Some SBOMs tell a release by its code name alone.
std::string debian_release(const Distribution& distribution) {
  if (!distribution.version_id.empty()) return major_of(distribution.version_id);
  return std::string(advisories::debian_release_called(own_codename(distribution)));
}

std::string ubuntu_release(const Distribution& distribution) {
  if (!distribution.version_id.empty()) return minor_of(distribution.version_id);
  return std::string(advisories::ubuntu_release_called(own_codename(distribution)));
}

// "3.20.1" -> "3.20"; "3.21_alpha20240807" is what edge calls itself between releases.
std::string alpine_release(const std::string& version_id) {
  if (version_id.find("_alpha") != std::string::npos) return "edge";
  return minor_of(version_id);
}

std::string with_release(std::string_view prefix, const std::string& release) {
  return release.empty() ? std::string{} : std::string(prefix) + release;
}

// How much of VERSION_ID a key has.
enum class Release : std::uint8_t { kNone, kMajor, kMinor };

// By os-release's id. CentOS up to 8 is rebuilt from Red Hat's sources, with their versions; what is called a stream
// runs ahead of them. Others that rebuild them count corrections in their own way, and are not taken for their parent.
// Leap 42 was called "opensuse", SLE Micro 5.0 "suse-microos"; the products of SUSE Linux Enterprise share packages.
struct RpmDistribution {
  std::string_view id;
  std::string_view key;
  Release release = Release::kMajor;
};
constexpr std::array kRpmDistributions{
    RpmDistribution{"rhel", "rpm:rhel:"},
    RpmDistribution{"centos", "rpm:rhel:"},
    RpmDistribution{"almalinux", "rpm:almalinux:"},
    RpmDistribution{"rocky", "rpm:rocky:"},
    RpmDistribution{"ol", "rpm:ol:"},
    RpmDistribution{"amzn", "rpm:amzn:"},
    RpmDistribution{"fedora", "rpm:fedora:"},
    RpmDistribution{"photon", "rpm:photon:"},
    RpmDistribution{"azurelinux", "rpm:azurelinux:"},
    RpmDistribution{"mariner", "rpm:azurelinux:"},
    RpmDistribution{"sles", "rpm:sles:", Release::kMinor},
    RpmDistribution{"sles_sap", "rpm:sles:", Release::kMinor},
    RpmDistribution{"sled", "rpm:sles:", Release::kMinor},
    RpmDistribution{"sle_hpc", "rpm:sles:", Release::kMinor},
    RpmDistribution{"sle-micro", "rpm:sle-micro:", Release::kMinor},
    RpmDistribution{"sle-micro-rancher", "rpm:sle-micro:", Release::kMinor},
    RpmDistribution{"suse-microos", "rpm:sle-micro:", Release::kMinor},
    RpmDistribution{"sl-micro", "rpm:sle-micro:", Release::kMinor},
    RpmDistribution{"opensuse-leap-micro", "rpm:leap-micro:", Release::kMinor},
    RpmDistribution{"leap-micro", "rpm:leap-micro:", Release::kMinor},
    RpmDistribution{"mageia", "rpm:mageia:"},
    RpmDistribution{"opensuse-leap", "rpm:opensuse-leap:", Release::kMinor},
    RpmDistribution{"opensuse", "rpm:opensuse-leap:", Release::kMinor},
    RpmDistribution{"opensuse-tumbleweed", "rpm:opensuse-tumbleweed", Release::kNone},
    RpmDistribution{"opensuse-microos", "rpm:opensuse-tumbleweed", Release::kNone}};

char lower(char letter) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
}

// Its releases and their service packs have advisories of their own, and os-release tells the service pack to people
// alone: "22.03" and "openEuler 22.03 (LTS-SP3)" -> "22.03-lts-sp3".
std::string openeuler_release(const Distribution& distribution) {
  std::string release = distribution.version_id;
  const std::size_t number = distribution.pretty_name.find(release);
  if (!release.empty() && number != std::string::npos) {
    bool begins = true;
    for (const char letter : distribution.pretty_name.substr(number + release.size())) {
      if (letter == ' ' || letter == '(' || letter == ')') continue;
      if (begins) release += '-';
      begins = false;
      release += letter;
    }
  }
  std::ranges::transform(release, release.begin(), lower);
  return release;
}

std::string rpm_ecosystem(const Distribution& distribution) {
  if (distribution.pretty_name.find("Stream") != std::string::npos) return {};
  // Tumbleweed's is dated; one that is numbered was made of Leap's packages and others.
  if (distribution.id == "opensuse-microos" && distribution.version_id.find('.') != std::string::npos) return {};
  // Amazon's first was dated, not numbered: "2018.03".
  if (distribution.id == "amzn" && distribution.version_id.starts_with("201")) return "rpm:amzn:1";
  if (distribution.id == "openEuler" || distribution.id == "openeuler")
    return with_release("rpm:openeuler:", openeuler_release(distribution));
  for (const RpmDistribution& known : kRpmDistributions) {
    if (distribution.id != known.id) continue;
    if (known.release == Release::kNone) return std::string(known.key);
    const bool has_minor = known.release == Release::kMinor;
    return with_release(known.key, has_minor ? minor_of(distribution.version_id) : major_of(distribution.version_id));
  }
  return {};
}

// Rolling releases have one ecosystem.
bool is_rolling(const Distribution& distribution) {
  return distribution.id == "wolfi" || distribution.id == "chainguard" || distribution.id == "minimos" ||
         distribution.id == "echo";
}

// Their releases are numbered, or "stream".
bool is_of_bellsoft(const Distribution& distribution) {
  return distribution.id == "alpaquita" || distribution.id == "bellsoft-hardened-containers";
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
  if (package.type == "apk" && is_of_bellsoft(distribution))
    return with_release("apk:" + distribution.id + ":", distribution.version_id);
  if (package.type == "rpm") return rpm_ecosystem(distribution);
  if (package.type == "opkg" || package.type == "ebuild") return {};  // nobody's advisories are read
  if (package.type == "alpm") return distribution.id == "arch" ? "alpm:arch" : "";
  const bool is_of_distribution = package.type == "deb" || package.type == "apk";
  if (is_of_distribution) return is_rolling(distribution) ? package.type + ":" + distribution.id : std::string{};
  return package.type;
}

}  // namespace scanner::matching

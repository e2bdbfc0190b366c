#include "scanner/advisories/ecosystem.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "scanner/advisories/redhat_products.h"

namespace scanner::advisories {

namespace {

using Pair = std::pair<std::string_view, std::string_view>;

// Language ecosystems: OSV's name and the purl type.
constexpr std::array<Pair, 16> kLanguages{{
    {"PyPI", "pypi"},
    {"npm", "npm"},
    {"Maven", "maven"},
    {"Go", "golang"},
    {"crates.io", "cargo"},
    {"RubyGems", "gem"},
    {"NuGet", "nuget"},
    {"Packagist", "composer"},
    {"ConanCenter", "conan"},
    {"Pub", "pub"},
    {"Hex", "hex"},
    {"Hackage", "hackage"},
    {"CRAN", "cran"},
    {"SwiftURL", "swift"},
    {"Julia", "julia"},
    {"Bitnami", "bitnami"},
}};

// Its FIPS and real-time packages are products of their own.
constexpr std::string_view kUbuntuPro = "Ubuntu:Pro";

// Distributions: OSV's name, the key up to the release, and what is behind it.
struct OsvDistribution {
  std::string_view name;
  std::string_view key;
  std::string_view suffix = {};
};
constexpr std::array kDistributions{
    OsvDistribution{"Debian", "deb:debian:"},
    OsvDistribution{"Ubuntu", "deb:ubuntu:"},
    OsvDistribution{kUbuntuPro, "deb:ubuntu:", kProSuffix},
    OsvDistribution{"Alpine", "apk:alpine:"},
    OsvDistribution{"Alpaquita", "apk:alpaquita:"},
    OsvDistribution{"BellSoft Hardened Containers", "apk:bellsoft-hardened-containers:"},
    OsvDistribution{"AlmaLinux", "rpm:almalinux:"},
    OsvDistribution{"Rocky Linux", "rpm:rocky:", kSourceSuffix},
    OsvDistribution{"Photon OS", "rpm:photon:", kSourceSuffix},
    OsvDistribution{"Azure Linux", "rpm:azurelinux:", kSourceSuffix},
    OsvDistribution{"Red Hat", "rpm:rhel:"},
    OsvDistribution{"Mageia", "rpm:mageia:", kSourceSuffix},
};

// Distributions without releases.
constexpr std::array kRollingDistributions{
    OsvDistribution{"Wolfi", "apk:wolfi"}, OsvDistribution{"Chainguard", "apk:chainguard"},
    OsvDistribution{"MinimOS", "apk:minimos"}, OsvDistribution{"Echo", "deb:echo"},
    OsvDistribution{"openSUSE:Tumbleweed", "rpm:opensuse-tumbleweed", kSourceSuffix}};

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kWithMinor = "0123456789.";

// Micro 5.0 is "SUSE MicroOS", 5.1 to 5.5 "SUSE Linux Enterprise Micro", Micro 6 "SUSE Linux Micro".
constexpr std::string_view kSleMicro = "rpm:sle-micro:";

// How notices name a distribution, its key up to the release, and its name as one that rates. Of two that begin alike
// the longer name comes first.
struct NoticeName {
  std::string_view name;
  std::string_view key;
  std::string_view source;
  std::string_view digits = kDigits;  // of the release
  std::string_view suffix = {};       // of the key
};
constexpr std::array kNoticeNames{NoticeName{"Red Hat Enterprise Linux ", "rpm:rhel:", "redhat"},
                                  NoticeName{"cpe:/o:redhat:enterprise_linux:", "rpm:rhel:", "redhat"},
                                  NoticeName{"cpe:/a:redhat:enterprise_linux:", "rpm:rhel:", "redhat"},
                                  NoticeName{"cpe:/o:rocky:rocky:", "rpm:rocky:", "rocky"},
                                  NoticeName{"Rocky Linux ", "rpm:rocky:", "rocky"},
                                  NoticeName{"Oracle Linux ", "rpm:ol:", "oracle"},
                                  NoticeName{"AlmaLinux ", "rpm:almalinux:", "almalinux"},
                                  NoticeName{"Amazon Linux ", "rpm:amzn:", "amazon"},
                                  NoticeName{"Fedora ", "rpm:fedora:", "fedora"},
                                  NoticeName{"Photon OS ", "rpm:photon:", "photon"},
                                  NoticeName{"Photon ", "rpm:photon:", "photon"},
                                  NoticeName{"Azure Linux ", "rpm:azurelinux:", "microsoft", kDigits, kSourceSuffix},
                                  NoticeName{"CBL-Mariner ", "rpm:azurelinux:", "microsoft", kDigits, kSourceSuffix},
                                  NoticeName{"SUSE Linux Micro ", kSleMicro, "suse", kWithMinor},
                                  NoticeName{"SUSE MicroOS ", kSleMicro, "suse", kWithMinor},
                                  NoticeName{"openSUSE Leap Micro ", "rpm:leap-micro:", "suse", kWithMinor},
                                  NoticeName{"openSUSE Leap ", "rpm:opensuse-leap:", "suse", kWithMinor},
                                  NoticeName{"Ubuntu ", "deb:ubuntu:", "ubuntu", kWithMinor, kBinarySuffix}};

// Before the first release that was numbered.
constexpr std::string_view kAmazonAmi = "Amazon Linux AMI";
constexpr std::string_view kSuseEnterprise = "SUSE Linux Enterprise ";

// A Debian that is not released yet has no VERSION_ID.
constexpr std::array<Pair, 8> kDebianCodenames{{{"wheezy", "7"},
                                                {"jessie", "8"},
                                                {"stretch", "9"},
                                                {"buster", "10"},
                                                {"bullseye", "11"},
                                                {"bookworm", "12"},
                                                {"trixie", "13"},
                                                {"forky", "14"}}};
constexpr std::array<Pair, 9> kUbuntuCodenames{{{"trusty", "14.04"},
                                                {"xenial", "16.04"},
                                                {"bionic", "18.04"},
                                                {"focal", "20.04"},
                                                {"jammy", "22.04"},
                                                {"noble", "24.04"},
                                                {"oracular", "24.10"},
                                                {"plucky", "25.04"},
                                                {"questing", "25.10"}}};

template <std::size_t Count>
std::string_view release_called(std::string_view codename, const std::array<Pair, Count>& releases) {
  for (const auto& [name, release] : releases) {
    if (name == codename) return release;
  }
  return {};
}

bool is_digit(char letter) {
  return std::isdigit(static_cast<unsigned char>(letter)) != 0;
}

// The products and modules of one service pack are installed together: "Linux Enterprise Server 15 SP4-LTSS" and "Linux
// Enterprise Module for Basesystem 15 SP4" -> "15.4"; Micro counts its releases by itself. Empty: no release.
std::string suse_release(std::string_view product) {
  const std::size_t number = product.find_first_of(kDigits);
  if (number == std::string_view::npos) return {};
  product.remove_prefix(number);
  const std::size_t end = std::min(product.find_first_not_of(kWithMinor), product.size());
  std::string release(product.substr(0, end));
  constexpr std::string_view kServicePack = " SP";
  product.remove_prefix(end);
  if (!product.starts_with(kServicePack)) return release;
  product.remove_prefix(kServicePack.size());
  const std::string_view pack = product.substr(0, product.find_first_not_of(kDigits));
  return pack.empty() ? release : release + "." + std::string(pack);
}

std::optional<NamedRelease> suse_named(std::string_view product) {
  const std::string release = suse_release(product);
  if (release.empty()) return std::nullopt;
  const std::string_view key = product.starts_with("Micro ") ? kSleMicro : "rpm:sles:";
  return NamedRelease{.ecosystem = std::string(key) + release, .number = release, .source = "suse"};
}

// What is behind "SUSE:" and "openSUSE:", as os-release has it for a person: "Linux Enterprise Server 15 SP4", "Linux
// Micro 6.0", "Leap Micro 5.5", "Leap 15.5". Empty: no release that is known here.
std::string suse_of_osv(std::string_view product) {
  constexpr std::string_view kEnterprise = "Linux Enterprise ";
  if (product.starts_with(kEnterprise)) {
    const auto release = suse_named(product.substr(kEnterprise.size()));
    return release ? release->ecosystem : std::string();
  }
  constexpr std::array<Pair, 3> kProducts{
      {{"Linux Micro ", kSleMicro}, {"Leap Micro ", "rpm:leap-micro:"}, {"Leap ", "rpm:opensuse-leap:"}}};
  for (const auto& [name, key] : kProducts) {
    if (!product.starts_with(name)) continue;
    const std::string_view number = product.substr(name.size());
    const bool is_number = !number.empty() && number.find_first_not_of(kWithMinor) == std::string_view::npos;
    return is_number ? std::string(key).append(number) : std::string();
  }
  return {};
}

// "rpm:rhel:9.0" -> "9.0", "rpm:rhel:7:els" -> "7".
std::string number_of_key(std::string_view key) {
  const std::string_view number = key.substr(key.find_first_of(kDigits));
  return std::string(number.substr(0, number.find_first_not_of(kWithMinor)));
}

char lower(char letter) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), lower);
  return result;
}

// "v3.20" -> "3.20", "22.04:LTS" -> "22.04", "12" -> "12", "stream" -> "stream", "enterprise_linux:9::appstream" ->
// "9"; empty for a release that is a product of its own ("FIPS:22.04:LTS").
std::string_view release_of(std::string_view text) {
  constexpr std::string_view kBefore = "enterprise_linux:";
  if (text.starts_with(kBefore)) text.remove_prefix(kBefore.size());
  text = text.substr(0, text.find(':'));
  if (text == "edge" || text == "stream") return text;
  if (text.starts_with('v')) text.remove_prefix(1);
  const bool numeric =
      !text.empty() && std::ranges::all_of(text, [](char letter) { return letter == '.' || is_digit(letter); });
  return numeric ? text : std::string_view{};
}

// Red Hat, its like, Photon, Mageia and Azure Linux have one set of advisories for all minor releases.
bool has_minor(std::string_view key) {
  return !key.starts_with("rpm:");
}

// https://peps.python.org/pep-0503/#normalized-names
std::string pep503(std::string_view name) {
  std::string result;
  for (const char letter : name) {
    const bool separator = letter == '-' || letter == '_' || letter == '.';
    if (!separator) {
      result.push_back(lower(letter));
    } else if (result.empty() || result.back() != '-') {
      result.push_back('-');
    }
  }
  return result;
}

}  // namespace

std::optional<std::string> ecosystem_of_osv(std::string_view osv_ecosystem) {
  const bool is_pro = osv_ecosystem.starts_with(kUbuntuPro) && !osv_ecosystem.ends_with(":Realtime:Kernel");
  const std::size_t colon = osv_ecosystem.find(':', is_pro ? kUbuntuPro.size() : 0);
  const std::string_view name = osv_ecosystem.substr(0, colon);
  for (const OsvDistribution& known : kRollingDistributions) {
    if (osv_ecosystem == known.name) return std::string(known.key) + std::string(known.suffix);
  }
  if (colon == std::string_view::npos) {
    for (const auto& [osv, purl_type] : kLanguages) {
      if (name == osv) return std::string(purl_type);
    }
    return std::nullopt;
  }
  const std::string_view behind = osv_ecosystem.substr(colon + 1);
  if (name == "Red Hat") {
    const auto release = release_named("cpe:/o:redhat:" + std::string(behind));
    if (release) return release->ecosystem;
  }
  if (name == "SUSE" || name == "openSUSE") {
    const std::string key = suse_of_osv(behind);
    return key.empty() ? std::nullopt : std::optional(key + std::string(kSourceSuffix));
  }
  if (name == "openEuler" && !behind.empty() && is_digit(behind.front()))
    return "rpm:openeuler:" + lower_case(behind) + std::string(kSourceSuffix);
  const std::string_view release = release_of(behind);
  for (const auto& [osv, key, suffix] : kDistributions) {
    if (name != osv || release.empty()) continue;
    const std::string_view told = has_minor(key) ? release : release.substr(0, release.find('.'));
    return std::string(key).append(told).append(suffix);
  }
  return std::nullopt;
}

std::optional<NamedRelease> release_named(std::string_view name) {
  if (name.starts_with(kAmazonAmi)) return NamedRelease{.ecosystem = "rpm:amzn:1", .number = "1", .source = "amazon"};
  if (name.starts_with(kSuseEnterprise)) return suse_named(name.substr(kSuseEnterprise.size()));
  if (std::string key = redhat_key(name); !key.empty()) {
    std::string number = number_of_key(key);
    return NamedRelease{.ecosystem = std::move(key), .number = std::move(number), .source = "redhat"};
  }
  for (const NoticeName& notice : kNoticeNames) {
    if (!name.starts_with(notice.name)) continue;
    const std::string_view behind = name.substr(notice.name.size());
    const std::string number(behind.substr(0, behind.find_first_not_of(notice.digits)));
    if (number.empty()) return std::nullopt;
    std::string ecosystem = std::string(notice.key) + number + std::string(notice.suffix);
    return NamedRelease{.ecosystem = std::move(ecosystem), .number = number, .source = notice.source};
  }
  return std::nullopt;
}

std::string_view debian_release_called(std::string_view codename) {
  return release_called(codename, kDebianCodenames);
}

std::string_view ubuntu_release_called(std::string_view codename) {
  return release_called(codename, kUbuntuCodenames);
}

std::string end_of_life_ecosystem(std::string_view os_release_id) {
  return "end-of-life:" + std::string(os_release_id);
}

bool names_binaries(std::string_view ecosystem) {
  if (ecosystem.ends_with(kBinarySuffix)) return true;
  if (ecosystem.ends_with(kSourceSuffix)) return false;
  const std::string_view type = purl_type_of(ecosystem);
  return type == "rpm" || type == "alpm";
}

std::string_view purl_type_of(std::string_view ecosystem) {
  return ecosystem.substr(0, ecosystem.find(':'));
}

std::string normalised_package(std::string_view ecosystem, std::string_view package) {
  const std::string_view type = purl_type_of(ecosystem);
  if (type == "pypi") return pep503(package);
  if (type == "nuget" || type == "composer") return lower_case(package);
  return std::string(package);
}

}  // namespace scanner::advisories

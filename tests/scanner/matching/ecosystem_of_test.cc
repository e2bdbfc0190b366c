#include <gtest/gtest.h>

#include "scanner/matching/matcher.h"

namespace scanner::matching {
namespace {

struct EcosystemRow {
  const char* type;
  const char* id;
  const char* version_id;
  const char* ecosystem;
};

TEST(EcosystemOf, IsThatOfTheDistributionsRelease) {
  for (const EcosystemRow& row :
       {EcosystemRow{"deb", "debian", "12", "deb:debian:12"},
        EcosystemRow{"deb", "ubuntu", "22.04", "deb:ubuntu:22.04"},
        EcosystemRow{"apk", "alpine", "3.20.1", "apk:alpine:3.20"},
        EcosystemRow{"apk", "wolfi", "20230201", "apk:wolfi"},
        EcosystemRow{"rpm", "almalinux", "9.3", "rpm:almalinux:9"},
        EcosystemRow{"rpm", "rocky", "8.9", "rpm:rocky:8"},
        EcosystemRow{"rpm", "rhel", "9.2", "rpm:rhel:9"},
        EcosystemRow{"rpm", "centos", "7", "rpm:rhel:7"},
        EcosystemRow{"rpm", "ol", "8.9", "rpm:ol:8"},
        EcosystemRow{"rpm", "fedora", "40", "rpm:fedora:40"},
        EcosystemRow{"rpm", "amzn", "2", "rpm:amzn:2"},
        EcosystemRow{"rpm", "amzn", "2018.03", "rpm:amzn:1"},
        EcosystemRow{"rpm", "photon", "3.0", "rpm:photon:3"},
        EcosystemRow{"rpm", "sles", "15.4", "rpm:sles:15.4"},
        EcosystemRow{"rpm", "sles_sap", "15.4", "rpm:sles:15.4"},
        EcosystemRow{"rpm", "sled", "15.3", "rpm:sles:15.3"},
        EcosystemRow{"rpm", "sle_hpc", "15.4", "rpm:sles:15.4"},
        EcosystemRow{"rpm", "sle-micro", "5.5", "rpm:sle-micro:5.5"},
        EcosystemRow{"rpm", "sle-micro-rancher", "5.4", "rpm:sle-micro:5.4"},
        EcosystemRow{"rpm", "suse-microos", "5.0", "rpm:sle-micro:5.0"},
        EcosystemRow{"rpm", "opensuse", "42.3", "rpm:opensuse-leap:42.3"},
        EcosystemRow{"rpm", "opensuse-microos", "20240228", "rpm:opensuse-tumbleweed"},
        EcosystemRow{"rpm", "opensuse-microos", "15.2", ""},
        EcosystemRow{"rpm", "opensuse-leap", "15.1", "rpm:opensuse-leap:15.1"},
        EcosystemRow{"rpm", "opensuse-tumbleweed", "20240101", "rpm:opensuse-tumbleweed"},
        EcosystemRow{"rpm", "azurelinux", "3.0", "rpm:azurelinux:3"},
        EcosystemRow{"rpm", "mariner", "2.0", "rpm:azurelinux:2"},
        EcosystemRow{"rpm", "mageia", "9", "rpm:mageia:9"},
        EcosystemRow{"rpm", "sl-micro", "6.0", "rpm:sle-micro:6.0"},
        EcosystemRow{"rpm", "opensuse-leap-micro", "5.5", "rpm:leap-micro:5.5"},
        EcosystemRow{"rpm", "openeuler", "22.03-LTS-SP3", "rpm:openeuler:22.03-lts-sp3"},
        EcosystemRow{"rpm", "clearlinux", "9", ""},
        EcosystemRow{"apk", "alpaquita", "stream", "apk:alpaquita:stream"},
        EcosystemRow{"apk", "bellsoft-hardened-containers", "23", "apk:bellsoft-hardened-containers:23"},
        EcosystemRow{"apk", "alpaquita", "", ""},
        EcosystemRow{"julia", "debian", "12", "julia"},
        EcosystemRow{"apk", "minimos", "20240101", "apk:minimos"},
        EcosystemRow{"deb", "echo", "1", "deb:echo"},
        EcosystemRow{"alpm", "arch", "", "alpm:arch"},
        EcosystemRow{"alpm", "manjaro", "", ""},
        EcosystemRow{"opkg", "openwrt", "23.05.5", ""},
        EcosystemRow{"opkg", "debian", "12", ""},
        EcosystemRow{"ebuild", "gentoo", "2.14", ""},
        EcosystemRow{"cocoapods", "debian", "12", "cocoapods"},
        EcosystemRow{"npm", "wolfi", "20230201", "npm"},
        EcosystemRow{"deb", "almalinux", "9", ""},
        EcosystemRow{"rpm", "almalinux", "", ""},
        EcosystemRow{"maven", "fedora", "40", "maven"}}) {
    Package found;
    found.type = row.type;
    EXPECT_EQ(ecosystem_of(found, {.id = row.id, .version_id = row.version_id, .codename = "", .pretty_name = ""}),
              row.ecosystem)
        << row.type << " of " << row.id;
  }
}

// Their packages have versions of their own, whatever os-release's ID_LIKE says.
TEST(EcosystemOf, ADerivativeIsNotTakenForItsParent) {
  for (const EcosystemRow& row :
       {EcosystemRow{"deb", "raspbian", "12", ""}, EcosystemRow{"deb", "devuan", "5", ""},
        EcosystemRow{"deb", "kali", "2024.1", ""}, EcosystemRow{"deb", "linuxmint", "21.3", ""},
        EcosystemRow{"deb", "ubuntu-core", "22", ""}, EcosystemRow{"deb", "pop", "22.04", ""},
        EcosystemRow{"apk", "postmarketos", "24.06", ""}, EcosystemRow{"rpm", "virtuozzo", "8.9", ""},
        EcosystemRow{"rpm", "eurolinux", "9.3", ""}, EcosystemRow{"rpm", "miraclelinux", "9.2", ""},
        EcosystemRow{"rpm", "anolis", "8.8", ""}, EcosystemRow{"rpm", "circle", "8.4", ""},
        EcosystemRow{"rpm", "cloudlinux", "9.3", ""}, EcosystemRow{"rpm", "scientific", "7.9", ""},
        EcosystemRow{"rpm", "rhcos", "4.12", ""}, EcosystemRow{"rpm", "opencloudos", "9.0", ""}}) {
    Package found;
    found.type = row.type;
    EXPECT_EQ(ecosystem_of(found, {.id = row.id, .version_id = row.version_id, .codename = "", .pretty_name = ""}),
              row.ecosystem)
        << row.type << " of " << row.id;
  }
}

TEST(EcosystemOf, OpenEulersServicePackIsToldToPeopleAlone) {
  const std::pair<const char*, const char*> rows[] = {{"openEuler 22.03 (LTS-SP3)", "rpm:openeuler:22.03-lts-sp3"},
                                                      {"openEuler 22.03 LTS", "rpm:openeuler:22.03-lts"},
                                                      {"openEuler 22.03", "rpm:openeuler:22.03"},
                                                      {"", "rpm:openeuler:22.03"}};
  Package found;
  found.type = "rpm";
  for (const auto& [pretty_name, ecosystem] : rows) {
    EXPECT_EQ(
        ecosystem_of(found, {.id = "openEuler", .version_id = "22.03", .codename = "", .pretty_name = pretty_name}),
        ecosystem);
  }
}

}  // namespace
}  // namespace scanner::matching

// How distributions are named in notices; how OSV names them is tested in advisory_test.cc.
#include "scanner/advisories/ecosystem.h"

#include <gtest/gtest.h>

#include "scanner/advisories/redhat_products.h"

namespace scanner::advisories {
namespace {

struct Row {
  const char* name;
  const char* ecosystem;  // empty: no release
  const char* source;
};

TEST(ReleaseNamed, KnowsHowVendorsWriteTheirReleases) {
  const Row rows[] = {
      {"Red Hat Enterprise Linux 9", "rpm:rhel:9", "redhat"},
      {"cpe:/a:redhat:rhel_eus:9.0::appstream", "rpm:rhel:9.0", "redhat"},
      {"cpe:/o:redhat:rhel_aus:8.6::baseos", "rpm:rhel:8.6", "redhat"},
      {"cpe:/a:redhat:rhel_e4s:8.10::sap", "rpm:rhel:8.10", "redhat"},
      {"cpe:/o:redhat:rhel_tus:8.4", "rpm:rhel:8.4", "redhat"},
      {"cpe:/o:redhat:rhel_eus_long_life:8.4", "rpm:rhel:8.4", "redhat"},
      {"cpe:/o:redhat:rhel_eus:9::baseos", "", ""},
      {"cpe:/o:redhat:rhel_eus:9.::baseos", "", ""},
      {"cpe:/o:redhat:enterprise_linux_eus:10.0", "rpm:rhel:10.0", "redhat"},
      {"cpe:/o:redhat:rhel_els:7", "rpm:rhel:7:els", "redhat"},
      {"cpe:/o:redhat:rhel_els:6", "rpm:rhel:6:els", "redhat"},
      {"cpe:/o:redhat:rhel_els:", "", ""},
      {"cpe:/o:redhat:rhel_els", "", ""},
      {"cpe:/a:redhat:rhel_software_collections:3::el7", "rpm:rhel:7", "redhat"},
      {"cpe:/a:redhat:rhel_software_collections:3::el6", "rpm:rhel:6", "redhat"},
      {"cpe:/a:redhat:rhel_software_collections:3", "rpm:rhel:7", "redhat"},
      {"cpe:/a:redhat:rhel_software_collections:2", "", ""},
      {"cpe:/a:redhat:rhel_dotnet:6.0::el7", "rpm:rhel:7", "redhat"},
      {"cpe:/a:redhat:devtools:2022", "", ""},
      {"cpe:/a:redhat:rhel_extras:7", "rpm:rhel:7", "redhat"},
      {"cpe:/a:redhat:rhel_extras_other:7", "rpm:rhel:7", "redhat"},
      {"cpe:/a:redhat:satellite:6.14::el8", "", ""},
      {"cpe:/o:redhat:enterprise_linux:10.0", "rpm:rhel:10", "redhat"},
      {"cpe:/a:redhat:enterprise_linux:9::appstream", "rpm:rhel:9", "redhat"},
      {"cpe:/o:redhat:enterprise_linux:7", "rpm:rhel:7", "redhat"},
      {"cpe:/o:rocky:rocky:9:GA", "rpm:rocky:9", "rocky"},
      {"Oracle Linux 8", "rpm:ol:8", "oracle"},
      {"AlmaLinux 9", "rpm:almalinux:9", "almalinux"},
      {"Amazon Linux AMI 2011.09", "rpm:amzn:1", "amazon"},
      {"Amazon Linux 2", "rpm:amzn:2", "amazon"},
      {"Fedora 34", "rpm:fedora:34", "fedora"},
      {"Fedora EPEL 8", "", ""},
      {"Photon OS 3", "rpm:photon:3", "photon"},
      {"Photon 3", "rpm:photon:3", "photon"},
      {"openSUSE Leap 15.1", "rpm:opensuse-leap:15.1", "suse"},
      {"SUSE Linux Enterprise Server 15 SP4", "rpm:sles:15.4", "suse"},
      {"SUSE Linux Enterprise Server 12", "rpm:sles:12", "suse"},
      {"SUSE Linux Enterprise Server 15 SP4-LTSS", "rpm:sles:15.4", "suse"},
      {"SUSE Linux Enterprise Micro 5.3", "rpm:sle-micro:5.3", "suse"},
      {"SUSE Linux Enterprise Server", "", ""},
      {"SUSE Linux Micro 6.0", "rpm:sle-micro:6.0", "suse"},
      {"SUSE MicroOS 5.0", "rpm:sle-micro:5.0", "suse"},
      {"SUSE Linux Enterprise High Performance Computing 15 SP4", "rpm:sles:15.4", "suse"},
      {"openSUSE Leap Micro 5.5", "rpm:leap-micro:5.5", "suse"},
      {"Ubuntu 22.04 LTS", "deb:ubuntu:22.04:binary", "ubuntu"},
      {"Ubuntu", "", ""},
      {"", "", ""},
  };
  for (const Row& row : rows) {
    const auto release = release_named(row.name);
    EXPECT_EQ(release ? release->ecosystem : "", row.ecosystem) << row.name;
    EXPECT_EQ(release ? release->source : "", row.source) << row.name;
  }
}

TEST(EcosystemOfOsv, NamesDistributionsOfEveryKind) {
  const std::pair<const char*, const char*> rows[] = {
      {"Red Hat:enterprise_linux:9::appstream", "rpm:rhel:9"},
      {"Red Hat:rhel_eus:9.2::appstream", "rpm:rhel:9.2"},
      {"Red Hat:rhel_tus:8.6::baseos", "rpm:rhel:8.6"},
      {"Red Hat:rhel_els:7", "rpm:rhel:7:els"},
      {"Red Hat:rhel_software_collections:3::el7", "rpm:rhel:7"},
      {"SUSE:Linux Enterprise Server 15 SP4", "rpm:sles:15.4:source"},
      {"SUSE:Linux Enterprise Micro 5.3", "rpm:sle-micro:5.3:source"},
      {"SUSE:Linux Micro 6.0", "rpm:sle-micro:6.0:source"},
      {"openSUSE:Leap Micro 5.5", "rpm:leap-micro:5.5:source"},
      {"Mageia:9", "rpm:mageia:9:source"},
      {"openEuler:22.03-LTS-SP3", "rpm:openeuler:22.03-lts-sp3:source"},
      {"openEuler:24.09", "rpm:openeuler:24.09:source"},
      {"Alpaquita:stream", "apk:alpaquita:stream"},
      {"Alpaquita:23", "apk:alpaquita:23"},
      {"BellSoft Hardened Containers:25", "apk:bellsoft-hardened-containers:25"},
      {"Julia", "julia"},
      {"openSUSE:Leap 15.5", "rpm:opensuse-leap:15.5:source"},
      {"openSUSE:Tumbleweed", "rpm:opensuse-tumbleweed:source"},
      {"Photon OS:3.0", "rpm:photon:3:source"},
      {"Azure Linux:3", "rpm:azurelinux:3:source"},
      {"AlmaLinux:9", "rpm:almalinux:9"},
      {"Ubuntu:22.04:LTS", "deb:ubuntu:22.04"},
      {"Ubuntu:Pro:22.04:LTS", "deb:ubuntu:22.04:pro"},
      {"Rocky Linux:9", "rpm:rocky:9:source"},
      {"Wolfi", "apk:wolfi"},
      {"Chainguard", "apk:chainguard"},
      {"MinimOS", "apk:minimos"},
      {"Echo", "deb:echo"},
      {"Bitnami", "bitnami"},
  };
  for (const auto& [name, key] : rows) EXPECT_EQ(ecosystem_of_osv(name), key) << name;
  for (const char* name :
       {"Red Hat:rhel_eus:9::appstream", "Red Hat:satellite:6.14::el8", "SUSE:Manager Server 4.3", "openSUSE:Leap",
        "openSUSE:Leap ", "SUSE:Linux Micro", "openEuler", "openEuler:x", "Mageia", "Alpaquita:x", "Root:Debian:12",
        "Photon OS", "Wolfi:1", "Ubuntu:Pro", "Ubuntu:Pro:FIPS:22.04:LTS", "Ubuntu:Pro:FIPS-updates:22.04:LTS",
        "Ubuntu:Pro:22.04:LTS:Realtime:Kernel"}) {
    EXPECT_EQ(ecosystem_of_osv(name), std::nullopt) << name;
  }
}

TEST(RedHatsStreams, AreToldByTheirKeys) {
  for (const char* key : {"rpm:rhel:9.0", "rpm:rhel:8.10", "rpm:rhel:7:els", "rpm:rhel:7:els:source"})
    EXPECT_TRUE(is_redhat_stream(key)) << key;
  for (const char* key : {"rpm:rhel:9", "rpm:rhel:7:source", "rpm:sles:15.4", "deb:ubuntu:22.04", ""})
    EXPECT_FALSE(is_redhat_stream(key)) << key;
}

TEST(RedHatsStreams, OfAMinorReleaseAreNamedByTheReleaseItselfToo) {
  const std::pair<const char*, const char*> rows[] = {{"cpe:/o:redhat:enterprise_linux:10.0", "rpm:rhel:10.0"},
                                                      {"cpe:/a:redhat:rhel_eus:9.2::appstream", "rpm:rhel:9.2"},
                                                      {"cpe:/o:redhat:enterprise_linux:9::baseos", ""},
                                                      {"cpe:/o:redhat:rhel_els:7.9", ""},
                                                      {"cpe:/a:redhat:satellite:6.14::el8", ""},
                                                      {"Red Hat Enterprise Linux 9.2", ""}};
  for (const auto& [cpe, key] : rows) EXPECT_EQ(redhat_minor_key(cpe), key) << cpe;
}

TEST(NamesOfPackages, AreThoseOfBinariesOrOfSources) {
  for (const char* key : {"rpm:rhel:9", "rpm:rhel:9.0", "alpm:arch", "deb:ubuntu:22.04:binary"})
    EXPECT_TRUE(names_binaries(key)) << key;
  for (const char* key : {"rpm:azurelinux:3:source", "rpm:rocky:9:source", "deb:ubuntu:22.04:pro", "deb:debian:12",
                          "apk:alpine:3.20", "npm", ""})
    EXPECT_FALSE(names_binaries(key)) << key;
}

TEST(ReleasesByCodename, AreThoseThatWereReleased) {
  EXPECT_EQ(debian_release_called("bookworm"), "12");
  EXPECT_EQ(debian_release_called("sid"), "");
  EXPECT_EQ(ubuntu_release_called("jammy"), "22.04");
  EXPECT_EQ(ubuntu_release_called("bookworm"), "");
}

}  // namespace
}  // namespace scanner::advisories

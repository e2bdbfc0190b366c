#include "scanner/inventory/opkg/opkg_extractor.h"

#include <gmock/gmock.h>

#include "tests/scanner/inventory/extraction_support.h"

namespace scanner::inventory {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using tests::extract;
using tests::extract_in;
using tests::names_and_versions;

constexpr std::string_view kStatus = "usr/lib/opkg/status";

TEST(OpkgExtractor, WantsStatusAndListsWhereBothFamiliesKeepThem) {
  const OpkgExtractor extractor;
  for (const char* path : {"usr/lib/opkg/status", "var/lib/opkg/status", "usr/lib/opkg/info/busybox.list",
                           "var/lib/opkg/info/busybox.list"}) {
    EXPECT_TRUE(extractor.wants(path)) << path;
  }
  for (const char* path : {"usr/lib/opkg/info/busybox.control", "usr/lib/opkg/lists/base", "status",
                           "srv/usr/lib/opkg/status", "etc/opkg.conf"}) {
    EXPECT_FALSE(extractor.wants(path)) << path;
  }
}

TEST(OpkgExtractor, ReadsWhatIsInstalled) {
  const Distribution openwrt{.id = "openwrt", .version_id = "23.05.5", .codename = "", .pretty_name = "OpenWrt"};
  const Extraction extraction = extract_in(openwrt, OpkgExtractor(), kStatus,
                                           "Package: busybox\nVersion: 1.36.1-r2\nDepends: libc\n"
                                           "Status: install user installed\nArchitecture: x86_64\n"
                                           "Conffiles:\n /etc/syslog.conf e3b0\nInstalled-Time: 1730715936\n\n"
                                           "Package: gone\nVersion: 1.0\nStatus: deinstall ok not-installed\n\n\n\n"
                                           "Package: zlib\nVersion: 1.3-1\nStatus: install ok installed\n");
  EXPECT_THAT(names_and_versions(extraction.packages), ElementsAre("busybox 1.36.1-r2", "zlib 1.3-1"));
  EXPECT_EQ(extraction.packages[0].type, "opkg");
  EXPECT_EQ(extraction.packages[0].purl, "pkg:opkg/openwrt/busybox@1.36.1-r2?arch=x86_64&distro=openwrt-23.05.5");
  EXPECT_THAT(extraction.warnings, IsEmpty());
}

TEST(OpkgExtractor, WhatCannotBeReadIsAWarning) {
  const Extraction extraction = extract(OpkgExtractor(), kStatus,
                                        "Package: libuci\nStatus: install ok installed\n\n"
                                        "Package: busybox\nVersion: 1.36.1-r2\nStatus: install ok inst");
  ASSERT_THAT(extraction.warnings, SizeIs(1));
  EXPECT_EQ(extraction.warnings[0].count, 2U) << "a package without a version, and the end";
  EXPECT_THAT(extraction.warnings[0].message, HasSubstr("libuci has no readable version"));
}

TEST(OpkgExtractor, FilesThatAPackageBroughtBelongToIt) {
  const Extraction extraction = extract(OpkgExtractor(), "usr/lib/opkg/info/python3.list",
                                        "/usr/lib/python3.11/site-packages/x-1.dist-info/METADATA\n"
                                        "/usr/bin/python3.11\t0100755\n");
  EXPECT_THAT(extraction.owned_files,
              ElementsAre("lib/python3.11/site-packages/x-1.dist-info/METADATA", "bin/python3.11"));
  EXPECT_THAT(extraction.packages, IsEmpty());
}

}  // namespace
}  // namespace scanner::inventory

#include "scanner/inventory/dpkg/dpkg_extractor.h"

#include <gmock/gmock.h>

#include "tests/scanner/inventory/extraction_support.h"

namespace scanner::inventory {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using tests::debian_12;
using tests::extract;
using tests::extract_in;
using tests::names_and_versions;

constexpr std::string_view kStatus = "var/lib/dpkg/status";

TEST(DpkgExtractor, WantsTheStatusFileAndThoseOfDistroless) {
  const DpkgExtractor extractor;
  EXPECT_TRUE(extractor.wants("var/lib/dpkg/status"));
  EXPECT_TRUE(extractor.wants("var/lib/dpkg/status.d/libc6"));
  EXPECT_TRUE(extractor.wants("var/lib/dpkg/status.d/libc6.md5sums")) << "its files";
  EXPECT_TRUE(extractor.wants("var/lib/dpkg/info/libc6:amd64.list")) << "its files";
  for (const char* path : {"var/lib/dpkg/status-old", "var/lib/dpkg/status.d/", "var/lib/dpkg/info/libc6.postinst",
                           "srv/var/lib/dpkg/status", "/var/lib/dpkg/status", "var/lib/dpkg", ""}) {
    EXPECT_FALSE(extractor.wants(path)) << path;
  }
}

TEST(DpkgExtractor, ReadsAnInstalledPackage) {
  const std::string_view status =
      "Package: libssl3\n"
      "Status: install ok installed\n"
      "Multi-Arch: same\n"
      "Source: openssl\n"
      "Version: 3.0.11-1~deb12u2\n"
      "Architecture: amd64\n"
      "Description: Secure Sockets Layer toolkit\n"
      " Version: 9.9 of nothing, in a continuation line\n"
      " .\n\n";

  const Extraction extraction = extract_in(debian_12(), DpkgExtractor(), kStatus, status);

  ASSERT_THAT(extraction.packages, SizeIs(1));
  EXPECT_EQ(extraction.packages[0],
            (Package{.type = "deb",
                     .name = "libssl3",
                     .version = "3.0.11-1~deb12u2",
                     .source = "openssl",
                     .architecture = "amd64",
                     .purl = "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12"}));
  EXPECT_THAT(extraction.warnings, IsEmpty());
}

struct SourceRow {
  const char* name;
  const char* fields;
  const char* source;
  const char* source_version;
};

class DpkgSource : public testing::TestWithParam<SourceRow> {};

TEST_P(DpkgSource, IsTold) {
  const std::string status = std::string("Package: p\nStatus: install ok installed\n") + GetParam().fields + "\n";
  const Extraction extraction = extract(DpkgExtractor(), kStatus, status);
  ASSERT_THAT(extraction.packages, SizeIs(1));
  EXPECT_EQ(extraction.packages[0].source_name(), GetParam().source);
  EXPECT_EQ(extraction.packages[0].effective_source_version(), GetParam().source_version);
}

INSTANTIATE_TEST_SUITE_P(
    Fields, DpkgSource,
    testing::Values(SourceRow{"none", "Version: 1:2-3\n", "p", "1:2-3"},
                    SourceRow{"same_version", "Source: s\nVersion: 1-1\n", "s", "1-1"},
                    SourceRow{"own_version", "Source: s (1.19)\nVersion: 1:2.19+b1\n", "s", "1.19"},
                    SourceRow{"rebuild", "Source: p (1-1)\nVersion: 1-1+b12\n", "p", "1-1"},
                    SourceRow{"rebuild_without_source", "Version: 1-1+b12\n", "p", "1-1"},
                    SourceRow{"not_a_rebuild", "Version: 1-1+build\n", "p", "1-1+build"},
                    SourceRow{"epoch_in_source", "Source: s (2:1-1)\nVersion: 1-1\n", "s", "2:1-1"},
                    SourceRow{"open_bracket", "Source: s (2\nVersion: 1-1\n", "p", "1-1"}),
    [](const auto& row) { return row.param.name; });

TEST(DpkgExtractor, KnowsWhichStatesHaveFiles) {
  const std::string_view status =
      "Package: a\nStatus: install ok installed\nVersion: 1\n\n"
      "Package: b\nStatus: deinstall ok config-files\nVersion: 1\n\n"
      "Package: c\nStatus: install ok unpacked\nVersion: 1\n\n"
      "Package: d\nStatus: unknown ok not-installed\n\n"
      "Package: e\nStatus: hold ok installed\nVersion: 1\n\n"
      "Package: f\nStatus: purge reinstreq half-installed\nVersion: 1\n\n"
      "Package: g\nStatus: install ok triggers-pending\nVersion: 1\n\n"
      "Package: h\nStatus: install ok half-configured\nVersion: 1\n";
  const Extraction extraction = extract(DpkgExtractor(), kStatus, status);
  EXPECT_THAT(names_and_versions(extraction.packages), ElementsAre("a 1", "c 1", "e 1", "f 1", "g 1", "h 1"));
  EXPECT_THAT(extraction.warnings, IsEmpty());
}

TEST(DpkgExtractor, ReadsAFileOfStatusFolderWithoutStatusField) {
  const Extraction extraction = extract_in(debian_12(), DpkgExtractor(), "var/lib/dpkg/status.d/tzdata",
                                           "Package: tzdata\nVersion: 2024a-0+deb12u1\nArchitecture: all");
  ASSERT_THAT(names_and_versions(extraction.packages), ElementsAre("tzdata 2024a-0+deb12u1"));
  EXPECT_EQ(extraction.packages[0].purl, "pkg:deb/debian/tzdata@2024a-0%2Bdeb12u1?arch=all&distro=debian-12");
  EXPECT_THAT(extraction.warnings, IsEmpty());
}

struct BrokenRow {
  const char* name;
  const char* status;
  const char* message;
  std::size_t packages;
};

class BrokenDpkgStatus : public testing::TestWithParam<BrokenRow> {};

TEST_P(BrokenDpkgStatus, MakesACountedWarningAndKeepsTheRest) {
  const Extraction extraction = extract(DpkgExtractor(), kStatus, GetParam().status);
  EXPECT_THAT(extraction.packages, SizeIs(GetParam().packages));
  ASSERT_THAT(extraction.warnings, SizeIs(1));
  EXPECT_EQ(extraction.warnings[0].reason, "Unreadable");
  EXPECT_EQ(extraction.warnings[0].path, kStatus);
  EXPECT_THAT(extraction.warnings[0].message, HasSubstr(GetParam().message));
  EXPECT_TRUE(extraction.warnings[0].makes_incomplete);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BrokenDpkgStatus,
    testing::Values(
        BrokenRow{"no_version", "Package: a\nStatus: install ok installed\n\nPackage: b\nVersion: 1\n",
                  "stanza at line 1: package a has no readable version", 1},
        BrokenRow{"no_name", "Status: install ok installed\nVersion: 1\n", "without a readable name", 0},
        BrokenRow{"control_character", "Package: a\x1b[31m\nVersion: 1\n", "without a readable name", 0},
        BrokenRow{"blank_in_version", "Package: a\nVersion: 1 2\n", "no readable version", 0},
        BrokenRow{"not_a_field", "Package: a\nVersion: 1\n<<<<<<< HEAD\n", "line 3 of package a is no field", 1},
        BrokenRow{"binary",
                  "\x7f"
                  "ELF\x02\x01\x01\n",
                  "without a readable name", 0},
        BrokenRow{"cut_off", "Package: a\nVersion: 1\n\nPackage: b\nVersion: 1.", "the last line is cut off", 2},
        BrokenRow{"continuation_first", " x\nPackage: a\nVersion: 1\n", "line 1 of package a is no field", 1}),
    [](const auto& row) { return row.param.name; });

TEST(DpkgExtractor, CountsWhatIsBroken) {
  const Extraction extraction = extract(DpkgExtractor(), kStatus, "Package: a\n\nPackage: b\n\nPackage: c\n");
  ASSERT_THAT(extraction.warnings, SizeIs(1));
  EXPECT_EQ(extraction.warnings[0].count, 3U);
  EXPECT_THAT(extraction.warnings[0].message, HasSubstr("3 such places"));
}

TEST(DpkgExtractor, OverlongNamesAreBroken) {
  const std::string status = "Package: " + std::string(300, 'a') + "\nVersion: 1\n";
  const Extraction extraction = extract(DpkgExtractor(), kStatus, status);
  EXPECT_THAT(extraction.packages, IsEmpty());
  EXPECT_THAT(extraction.warnings, SizeIs(1));
}

TEST(DpkgExtractor, AnEmptyFileHoldsNothing) {
  const Extraction extraction = extract(DpkgExtractor(), kStatus, "");
  EXPECT_THAT(extraction.packages, IsEmpty());
  EXPECT_THAT(extraction.warnings, IsEmpty());
}

}  // namespace
}  // namespace scanner::inventory

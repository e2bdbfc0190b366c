#include "scanner/inventory/apk/apk_extractor.h"

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

constexpr std::string_view kInstalled = "lib/apk/db/installed";

Distribution alpine() {
  return {.id = "alpine", .version_id = "3.20.1", .codename = "", .pretty_name = ""};
}

TEST(ApkExtractor, WantsBothPlacesOfTheDatabase) {
  const ApkExtractor extractor;
  EXPECT_TRUE(extractor.wants("lib/apk/db/installed"));
  EXPECT_TRUE(extractor.wants("usr/lib/apk/db/installed"));
  for (const char* path : {"lib/apk/db/installed.new", "opt/lib/apk/db/installed", "lib/apk/db", "installed", ""}) {
    EXPECT_FALSE(extractor.wants(path)) << path;
  }
}

TEST(ApkExtractor, ReadsPackagesWithTheirOrigin) {
  const std::string_view installed =
      "C:Q1abc=\nP:libssl3\nV:3.3.1-r0\nA:x86_64\np:so:libssl.so.3=3\no:openssl\nF:lib\nR:libssl.so.3\na:0:0:755\n\n"
      "P:musl\nV:1.2.5-r0\nA:x86_64\no:musl\n\n";

  const Extraction extraction = extract_in(alpine(), ApkExtractor(), kInstalled, installed);

  ASSERT_THAT(names_and_versions(extraction.packages), ElementsAre("libssl3 3.3.1-r0", "musl 1.2.5-r0"));
  EXPECT_EQ(extraction.packages[0].source, "openssl");
  EXPECT_EQ(extraction.packages[0].type, "apk");
  EXPECT_EQ(extraction.packages[0].architecture, "x86_64");
  EXPECT_EQ(extraction.packages[0].purl, "pkg:apk/alpine/libssl3@3.3.1-r0?arch=x86_64&distro=alpine-3.20.1");
  EXPECT_EQ(extraction.packages[1].source, "");
  EXPECT_EQ(extraction.packages[1].source_name(), "musl");
  EXPECT_THAT(extraction.warnings, IsEmpty());
}

// Provides ("p:") must not be taken for the package's name ("P:").
TEST(ApkExtractor, TellsLettersApartByCase) {
  const Extraction extraction = extract(ApkExtractor(), kInstalled, "p:wrong\nv:9\na:0:0:755\nP:right\nV:1-r0\n");
  EXPECT_THAT(names_and_versions(extraction.packages), ElementsAre("right 1-r0"));
}

TEST(ApkExtractor, BrokenStanzasAreCountedAndTheRestIsRead) {
  const Extraction extraction =
      extract(ApkExtractor(), kInstalled, "P:a\n\nV:1-r0\n\nP:b\nV:2-r0\nno field\n\nP:c\nV:3-r0");
  EXPECT_THAT(names_and_versions(extraction.packages), ElementsAre("b 2-r0", "c 3-r0"));
  ASSERT_THAT(extraction.warnings, SizeIs(1));
  EXPECT_EQ(extraction.warnings[0].count, 4U);
  EXPECT_THAT(extraction.warnings[0].message, HasSubstr("package a has no readable version"));
  EXPECT_TRUE(extraction.warnings[0].makes_incomplete);
}

}  // namespace
}  // namespace scanner::inventory

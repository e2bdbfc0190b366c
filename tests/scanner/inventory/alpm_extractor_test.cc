#include "scanner/inventory/alpm/alpm_extractor.h"

#include <gmock/gmock.h>

#include "tests/scanner/inventory/extraction_support.h"

namespace scanner::inventory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using tests::extract;
using tests::extract_in;
using tests::names_and_versions;

constexpr std::string_view kDesc = "var/lib/pacman/local/zlib-1:1.3.1-2/desc";
constexpr std::string_view kFiles = "var/lib/pacman/local/zlib-1:1.3.1-2/files";
constexpr std::string_view kZlib =
    "%NAME%\nzlib\n\n%VERSION%\n1:1.3.1-2\n\n%BASE%\nzlib-base\n\n%DESC%\nCompression "
    "library\n%odd\n\n%ARCH%\nx86_64\n\n"
    "%DEPENDS%\nglibc\n\n";

TEST(AlpmExtractor, WantsDescriptionsAndFileLists) {
  const AlpmExtractor extractor;
  EXPECT_TRUE(extractor.wants(kDesc));
  EXPECT_TRUE(extractor.wants(kFiles));
  for (const char* path : {"var/lib/pacman/local/zlib-1.3-1/mtree", "var/lib/pacman/sync/core.db", "desc",
                           "srv/var/lib/pacman/local/zlib-1.3-1/desc"}) {
    EXPECT_FALSE(extractor.wants(path)) << path;
  }
}

TEST(AlpmExtractor, ReadsThePackageOfADescription) {
  const Distribution arch{.id = "arch", .version_id = "", .codename = "", .pretty_name = "Arch Linux"};
  const Extraction extraction = extract_in(arch, AlpmExtractor(), kDesc, kZlib);
  ASSERT_THAT(names_and_versions(extraction.packages), ElementsAre("zlib 1:1.3.1-2"));
  EXPECT_EQ(extraction.packages[0].type, "alpm");
  EXPECT_EQ(extraction.packages[0].source, "zlib-base");
  EXPECT_EQ(extraction.packages[0].purl, "pkg:alpm/arch/zlib@1:1.3.1-2?arch=x86_64&distro=arch");
  EXPECT_THAT(extraction.warnings, IsEmpty());
}

TEST(AlpmExtractor, FilesThatAPackageBroughtBelongToIt) {
  const Extraction extraction =
      extract(AlpmExtractor(), kFiles,
              "%FILES%\nusr/\nusr/lib/python3.12/site-packages/x-1.dist-info/METADATA\n\n%BACKUP%\netc/x\n");
  // In the form in which paths are compared.
  EXPECT_THAT(extraction.owned_files, ElementsAre("lib/python3.12/site-packages/x-1.dist-info/METADATA"));
  EXPECT_THAT(extraction.packages, IsEmpty());
}

TEST(AlpmExtractor, WhatCannotBeReadIsAWarning) {
  for (const char* text : {"", "%NAME%\nzlib\n", "%VERSION%\n1-1\n", "%NAME%\nz lib\n\n%VERSION%\n1-1\n",
                           "%NAME%\nzlib\n\n%VERSION%\n1-1"}) {
    const Extraction extraction = extract(AlpmExtractor(), kDesc, text);
    ASSERT_THAT(extraction.warnings, SizeIs(1)) << text;
    EXPECT_TRUE(extraction.warnings[0].makes_incomplete);
  }
}

TEST(AlpmExtractor, SurvivesBeingCutOffAtEveryByte) {
  for (std::size_t size = 0; size < kZlib.size(); ++size) {
    EXPECT_NO_THROW(static_cast<void>(extract(AlpmExtractor(), kDesc, kZlib.substr(0, size)))) << size;
  }
}

}  // namespace
}  // namespace scanner::inventory

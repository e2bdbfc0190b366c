#include "scanner/inventory/portage/portage_extractor.h"

#include <gmock/gmock.h>

#include "tests/scanner/inventory/extraction_support.h"

namespace scanner::inventory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using tests::extract;
using tests::extract_in;

constexpr std::string_view kContents =
    "dir /usr\ndir /usr/bin\nobj /usr/bin/openssl 0123456789abcdef0123456789abcdef 1700000000\n"
    "obj /usr/lib/python3.12/site-packages/a b/METADATA 0123456789abcdef0123456789abcdef 1700000000\n"
    "sym /usr/lib64/libssl.so -> libssl.so.3 1700000000\n";

TEST(PortageExtractor, WantsTheContentsOfPackages) {
  const PortageExtractor extractor;
  EXPECT_TRUE(extractor.wants("var/db/pkg/dev-libs/openssl-3.0.9-r1/CONTENTS"));
  for (const char* path :
       {"var/db/pkg/dev-libs/openssl-3.0.9-r1/PF", "var/db/pkg/dev-libs/CONTENTS", "var/db/pkg/CONTENTS",
        "var/db/pkg/dev-libs/-MERGING-openssl-3.0.9/CONTENTS", "var/db/pkg/a/b/c-1/CONTENTS",
        "srv/var/db/pkg/dev-libs/openssl-3.0.9-r1/CONTENTS", "var/db/pkg/"}) {
    EXPECT_FALSE(extractor.wants(path)) << path;
  }
}

TEST(PortageExtractor, AFolderTellsItsPackage) {
  struct Row {
    const char* folder;
    const char* name;
    const char* version;
  } const rows[] = {
      {"dev-libs/openssl-3.0.9-r1", "dev-libs/openssl", "3.0.9-r1"},
      {"dev-libs/openssl-3.0.9", "dev-libs/openssl", "3.0.9"},
      {"media-fonts/font-adobe-100dpi-1.0.3", "media-fonts/font-adobe-100dpi", "1.0.3"},
      {"sys-libs/glibc-2.38_p20240101-r12", "sys-libs/glibc", "2.38_p20240101-r12"},
      {"app-misc/c-r-1.0", "app-misc/c-r", "1.0"},
      {"sys-kernel/linux-firmware-20240115", "sys-kernel/linux-firmware", "20240115"},
      {"acct-user/x-0-r1", "acct-user/x", "0-r1"},
  };
  const Distribution gentoo{.id = "gentoo", .version_id = "2.14", .codename = "", .pretty_name = "Gentoo Linux"};
  for (const Row& row : rows) {
    const std::string path = "var/db/pkg/" + std::string(row.folder) + "/CONTENTS";
    const Extraction extraction = extract_in(gentoo, PortageExtractor(), path, kContents);
    ASSERT_THAT(extraction.packages, SizeIs(1)) << row.folder;
    EXPECT_EQ(extraction.packages[0].type, "ebuild");
    EXPECT_EQ(extraction.packages[0].name, row.name);
    EXPECT_EQ(extraction.packages[0].version, row.version);
    EXPECT_THAT(extraction.warnings, IsEmpty());
  }
  const Extraction openssl =
      extract_in(gentoo, PortageExtractor(), "var/db/pkg/dev-libs/openssl-3.0.9-r1/CONTENTS", kContents);
  EXPECT_EQ(openssl.packages[0].purl, "pkg:ebuild/dev-libs/openssl@3.0.9-r1?distro=gentoo-2.14");
  EXPECT_THAT(openssl.owned_files,
              ElementsAre("bin/openssl", "lib/python3.12/site-packages/a b/METADATA", "lib64/libssl.so"));
}

TEST(PortageExtractor, AFolderWithoutAVersionIsAWarning) {
  for (const char* folder : {"dev-libs/openssl", "dev-libs/openssl-", "dev-libs/openssl-r1", "dev-libs/"}) {
    const Extraction extraction =
        extract(PortageExtractor(), "var/db/pkg/" + std::string(folder) + "/CONTENTS", kContents);
    EXPECT_THAT(extraction.packages, IsEmpty()) << folder;
    ASSERT_THAT(extraction.warnings, SizeIs(1)) << folder;
    EXPECT_TRUE(extraction.warnings[0].makes_incomplete);
  }
}

TEST(PortageExtractor, LinesThatAreNoneTellNothing) {
  const Extraction extraction = extract(PortageExtractor(), "var/db/pkg/a/b-1/CONTENTS",
                                        "obj\nobj \nobj x\nobj /usr/bin/x\nsym /usr/bin/y\n/usr/bin/z\n\n");
  EXPECT_THAT(extraction.packages, SizeIs(1));
  EXPECT_THAT(extraction.owned_files, IsEmpty());
}

}  // namespace
}  // namespace scanner::inventory

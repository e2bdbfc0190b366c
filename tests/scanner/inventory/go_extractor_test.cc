#include "scanner/inventory/go/go_extractor.h"

#include <gmock/gmock.h>

#include "scanner/layers/content_recogniser.h"
#include "tests/scanner/inventory/extraction_support.h"

namespace scanner::inventory {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using tests::extract;
using tests::names_and_versions;

constexpr std::string_view kProgram =
    "go1.22.1\n"
    "path\texample.com/shop/cmd/shop\n"
    "mod\texample.com/shop\t(devel)\t\n"
    "dep\tgithub.com/gorilla/websocket\tv1.4.0\th1:WDFjx/TMzVgy9VdMMQi2K2Emtwi2QcUQsztZ/zLaH/Q=\n"
    "dep\tgolang.org/x/text\tv0.3.2\n"
    "=>\tgithub.com/mirror/text\tv0.3.8\th1:abc=\n"
    "dep\texample.com/local\tv1.0.0\n"
    "=>\t./local\t\t\n"
    "build\t-compiler=gc\n"
    "build\tCGO_ENABLED=0\n";

TEST(GoExtractor, ReadsModulesAndTheStandardLibrary) {
  const Extraction extraction = extract(GoExtractor(), "usr/bin/shop", kProgram);

  EXPECT_THAT(names_and_versions(extraction.packages),
              ElementsAre("stdlib 1.22.1", "example.com/shop (devel)", "github.com/gorilla/websocket v1.4.0",
                          "github.com/mirror/text v0.3.8", "example.com/local v1.0.0"));
  EXPECT_EQ(extraction.packages[0].purl, "pkg:golang/stdlib@1.22.1");
  EXPECT_EQ(extraction.packages[2].purl, "pkg:golang/github.com/gorilla/websocket@v1.4.0");
  EXPECT_THAT(extraction.warnings, IsEmpty());
}

TEST(GoExtractor, ReadsByContentAlone) {
  EXPECT_FALSE(GoExtractor().wants("usr/bin/shop"));
  EXPECT_EQ(GoExtractor().content_kind(), layers::kGoBuildInfoKind);
}

TEST(GoExtractor, AReleaseIsToldWithoutItsAdditions) {
  for (const auto& [version, release] : {std::pair{"go1.20.4 X:boringcrypto", "1.20.4"},
                                         std::pair{"go1.21rc2", "1.21rc2"}, std::pair{"go1.20-x1", "1.20"}}) {
    const Extraction extraction = extract(GoExtractor(), "a", std::string(version) + "\n");
    ASSERT_THAT(extraction.packages, SizeIs(1)) << version;
    EXPECT_EQ(extraction.packages[0].version, release);
  }
}

TEST(GoExtractor, AToolChainBetweenReleasesIsSaid) {
  const Extraction extraction = extract(GoExtractor(), "a", "devel go1.23-b2a1f6d Tue Jan 2\nmod\tm\tv1.0.0\n");
  EXPECT_THAT(names_and_versions(extraction.packages), ElementsAre("m v1.0.0"));
  ASSERT_THAT(extraction.warnings, SizeIs(1));
  EXPECT_EQ(extraction.warnings[0].reason, "UnknownPackage");
}

TEST(GoExtractor, AModuleThatCannotBeReadIsSaid) {
  const Extraction extraction = extract(GoExtractor(), "a", "go1.22.1\ndep\tm\t\ndep\tn\tv1.0.0\n");
  EXPECT_THAT(names_and_versions(extraction.packages), ElementsAre("stdlib 1.22.1", "n v1.0.0"));
  ASSERT_THAT(extraction.warnings, SizeIs(1));
  EXPECT_THAT(extraction.warnings[0].message, HasSubstr("package m has no readable version"));
}

}  // namespace
}  // namespace scanner::inventory

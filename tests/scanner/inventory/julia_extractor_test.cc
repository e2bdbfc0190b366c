#include <gmock/gmock.h>

#include "scanner/inventory/language_files.h"
#include "tests/scanner/inventory/extraction_support.h"

namespace scanner::inventory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(JuliaManifest, OfTheFirstFormatHasItsPackagesAtTheTop) {
  const Extraction extraction =
      tests::extract(*make_julia_extractor(), "app/Manifest.toml",
                     "# This file is machine-generated\n\n[[Dates]]\nuuid = \"ade2\"\n\n"
                     "[[JSON]]\ndeps = [\"Dates\"]\ngit-tree-sha1 = \"81690084\"\nuuid = \"682c06a0\"\n"
                     "version = \"0.21.0\"\n");
  EXPECT_THAT(tests::names_and_versions(extraction.packages), ElementsAre("JSON 0.21.0"));
  EXPECT_THAT(extraction.warnings, IsEmpty());
}

TEST(JuliaManifest, OfSomebodyElseHasNoPackages) {
  const Extraction extraction =
      tests::extract(*make_julia_extractor(), "app/Manifest.toml", "[[plugin]]\nversion = \"1.0\"\n");
  EXPECT_THAT(extraction.packages, IsEmpty());
  EXPECT_THAT(extraction.warnings, IsEmpty());
}

TEST(JuliaManifest, MayBeForOneReleaseOfJulia) {
  const auto extractor = make_julia_extractor();
  for (const char* path :
       {"Manifest.toml", "app/JuliaManifest.toml", "app/Manifest-v1.11.toml", "app/JuliaManifest-v1.12.toml"}) {
    EXPECT_TRUE(extractor->wants(path)) << path;
  }
  for (const char* path :
       {"app/MyManifest.toml", "app/Manifest-v1.x.toml", "app/Manifest-old.toml", "Manifest.tomlx"}) {
    EXPECT_FALSE(extractor->wants(path)) << path;
  }
}

}  // namespace
}  // namespace scanner::inventory

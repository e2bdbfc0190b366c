#include "scanner/inventory/python/python_extractor.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "tests/scanner/inventory/extraction_support.h"
#include "tests/support/zip_builder.h"

namespace scanner::inventory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using tests::extract;
using tests::names_and_versions;

constexpr std::string_view kMetadata = "usr/lib/python3/site-packages/requests-2.19.0.dist-info/METADATA";

TEST(PythonExtractor, WantsEachFormOfMetadata) {
  const PythonExtractor extractor;
  for (const char* path : {"a/requests-2.19.0.dist-info/METADATA", "a/six.egg-info/PKG-INFO", "a/argparse-1.4.egg-info",
                           "a/x-1-py3.egg/EGG-INFO/PKG-INFO", "x.dist-info/METADATA", "a/x-1-py3.egg"}) {
    EXPECT_TRUE(extractor.wants(path)) << path;
  }
  for (const char* path : {"a/x.dist-info/RECORD", "METADATA", "a/PKG-INFO", "a/x.egg-info/SOURCES.txt",
                           "a/x.dist-info/METADATA/y", "a/x.egg-info/", ""}) {
    EXPECT_FALSE(extractor.wants(path)) << path;
  }
}

TEST(PythonExtractor, ReadsAnEggThatIsStillAZip) {
  const std::string egg =
      tests::ZipBuilder()
          .deflated("six.py", "pass\n")
          .deflated("EGG-INFO/PKG-INFO", "Metadata-Version: 1.1\nName: six\nVersion: 1.16.0\n\ntext\n")
          .archive();
  const Extraction extraction = extract(PythonExtractor(), "a/six-1.16.0-py3.egg", egg);
  EXPECT_THAT(names_and_versions(extraction.packages), ElementsAre("six 1.16.0"));

  const std::string other = tests::ZipBuilder().stored("six.py", "pass\n").archive();
  for (const std::string& broken : {other, egg.substr(0, egg.size() / 2), std::string("no zip"), std::string()}) {
    EXPECT_THROW(static_cast<void>(extract(PythonExtractor(), "a/six-1.16.0-py3.egg", broken)), base::ParseError);
  }
}

TEST(PythonExtractor, ReadsTheHeadAlone) {
  const Extraction extraction = extract(PythonExtractor(), kMetadata,
                                        "Metadata-Version: 2.1\r\nName: Zope._Interface\r\nVersion: 5.4.0\r\n\r\n"
                                        "Name: not-this\r\nVersion: 9\r\n");
  ASSERT_THAT(extraction.packages, SizeIs(1));
  EXPECT_EQ(
      extraction.packages[0],
      (Package{.type = "pypi", .name = "zope-interface", .version = "5.4.0", .purl = "pkg:pypi/zope-interface@5.4.0"}));
  EXPECT_THAT(extraction.warnings, IsEmpty());
}

TEST(PythonExtractor, FieldNamesHaveAnyCaseAndAByteOrderMarkIsPassedOver) {
  const Extraction extraction = extract(PythonExtractor(), kMetadata, "\xEF\xBB\xBFNAME: Six\nversion: 1.16.0");
  ASSERT_THAT(names_and_versions(extraction.packages), SizeIs(1));
  EXPECT_EQ(extraction.packages[0].purl, "pkg:pypi/six@1.16.0");
}

TEST(PythonExtractor, WithoutNameOrVersionTheFileIsUnreadable) {
  for (const char* content : {"", "\n\n", "Name: a\n", "Version: 1\n", "Name: a b\nVersion: 1\n",
                              "Name: a\n\nVersion: 1\n", "Name:\nVersion: 1\n", "\x80\x81\x82"}) {
    EXPECT_THROW(static_cast<void>(extract(PythonExtractor(), kMetadata, content)), base::ParseError) << content;
  }
}

TEST(NormalisedPythonName, FollowsPep503) {
  for (const auto& [name, normalised] :
       {std::pair{"friendly-bard", "friendly-bard"}, std::pair{"Friendly-Bard", "friendly-bard"},
        std::pair{"FRIENDLY-BARD", "friendly-bard"}, std::pair{"friendly.bard", "friendly-bard"},
        std::pair{"friendly_bard", "friendly-bard"}, std::pair{"friendly--bard", "friendly-bard"},
        std::pair{"FrIeNdLy-._.-bArD", "friendly-bard"}}) {
    EXPECT_EQ(normalised_python_name(name), normalised);
  }
}

}  // namespace
}  // namespace scanner::inventory

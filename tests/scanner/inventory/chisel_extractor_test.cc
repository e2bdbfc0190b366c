#include "scanner/inventory/chisel/chisel_extractor.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "tests/scanner/inventory/extraction_support.h"
#include "tests/support/compress.h"

namespace scanner::inventory {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using tests::extract;
using tests::extract_in;
using tests::names_and_versions;
using tests::zstd;

constexpr std::string_view kManifest = "var/lib/chisel/manifest.wall";
constexpr std::string_view kLines =
    R"({"jsonwall":"1.0","schema":"1.0","count":6}
{"kind":"content","slice":"libssl3_libs","path":"/usr/lib/x86_64-linux-gnu/libssl.so.3"}
{"kind":"package","name":"libc6","version":"2.35-0ubuntu3.8","sha256":"00","arch":"amd64"}
{"kind":"package","name":"libssl3","version":"3.0.2-0ubuntu1.15","sha256":"00","arch":"amd64"}
{"kind":"path","path":"/usr/lib/x86_64-linux-gnu/libssl.so.3","mode":"0644","slices":["libssl3_libs"]}
{"kind":"slice","name":"libssl3_libs"}
)";

std::string error_of(const std::string& content) {
  try {
    static_cast<void>(extract(ChiselExtractor(), kManifest, content));
  } catch (const base::ParseError& error) {
    return error.what();
  }
  return "read";
}

TEST(ChiselExtractor, WantsTheManifest) {
  const ChiselExtractor extractor;
  EXPECT_TRUE(extractor.wants(kManifest));
  EXPECT_FALSE(extractor.wants("var/lib/chisel/other.wall"));
  EXPECT_FALSE(extractor.wants("srv/var/lib/chisel/manifest.wall"));
  EXPECT_THAT(extractor.fixed_paths(), ElementsAre(kManifest));
}

TEST(ChiselExtractor, ReadsThePackagesAndTheirFiles) {
  const Distribution ubuntu{.id = "ubuntu", .version_id = "22.04", .codename = "jammy", .pretty_name = ""};
  const Extraction extraction = extract_in(ubuntu, ChiselExtractor(), kManifest, zstd(kLines));
  EXPECT_THAT(names_and_versions(extraction.packages),
              ElementsAre("libc6 2.35-0ubuntu3.8", "libssl3 3.0.2-0ubuntu1.15"));
  EXPECT_EQ(extraction.packages[1].type, "deb");
  EXPECT_EQ(extraction.packages[1].purl, "pkg:deb/ubuntu/libssl3@3.0.2-0ubuntu1.15?arch=amd64&distro=ubuntu-22.04");
  EXPECT_THAT(extraction.owned_files, ElementsAre("lib/x86_64-linux-gnu/libssl.so.3"));
  EXPECT_THAT(extraction.warnings, IsEmpty());
}

TEST(ChiselExtractor, APackageThatCannotBeReadIsAWarning) {
  std::string lines(kLines);
  lines.replace(lines.find("2.35-0ubuntu3.8"), 15, std::string(300, '1'));
  const Extraction extraction = extract(ChiselExtractor(), kManifest, zstd(lines));
  EXPECT_THAT(names_and_versions(extraction.packages), ElementsAre("libssl3 3.0.2-0ubuntu1.15"));
  ASSERT_THAT(extraction.warnings, SizeIs(1));
  EXPECT_TRUE(extraction.warnings[0].makes_incomplete);
}

TEST(ChiselExtractor, WhatIsNoWholeManifestIsRefused) {
  const std::string lines(kLines);
  const std::string good = zstd(lines);
  EXPECT_THAT(error_of(lines), HasSubstr("not zstd"));
  EXPECT_THAT(error_of(""), HasSubstr("zstd that is cut off"));
  for (std::size_t length = 1; length < good.size(); ++length) EXPECT_NE(error_of(good.substr(0, length)), "read");
  EXPECT_THAT(error_of(zstd(lines.substr(0, lines.rfind("{\"kind\":\"slice")))),
              HasSubstr("5 lines, where its first says 6"));
  EXPECT_THAT(error_of(zstd("{\"jsonwall\":\"2.0\",\"schema\":\"1.0\",\"count\":1}\n")),
              HasSubstr("of version \"2.0\""));
  EXPECT_THAT(error_of(zstd("[]\n")), HasSubstr("of version \"\""));
  EXPECT_THAT(error_of(zstd("{\"jsonwall\":\"1.0\",\"schema\":\"1.0\",\"count\":2}\nno JSON\n")),
              HasSubstr("not JSON"));
}

TEST(ChiselExtractor, ABombEndsAtItsBound) {
  EXPECT_THAT(error_of(zstd(std::string(std::size_t{65} << 20, ' '))), HasSubstr("longer than 67108864 bytes"));
}

}  // namespace
}  // namespace scanner::inventory

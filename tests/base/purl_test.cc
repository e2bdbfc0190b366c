#include "base/purl.h"

#include <gmock/gmock.h>

#include "scanner/inventory/limits.h"

namespace base {
namespace {

TEST(Purl, WritesOnlyWhatThereIs) {
  EXPECT_EQ(write_purl({.type = "pypi", .space = {}, .name = "django", .version = {}, .qualifiers = {}}),
            "pkg:pypi/django");
  EXPECT_EQ(write_purl({.type = "deb",
                        .space = "debian",
                        .name = "curl",
                        .version = "1:7.50.3-1+b1~x",
                        .qualifiers = {{"arch", "i386"}, {"distro", ""}}}),
            "pkg:deb/debian/curl@1:7.50.3-1%2Bb1~x?arch=i386");
}

TEST(Purl, EncodesEveryPart) {
  EXPECT_EQ(write_purl({.type = "npm",
                        .space = "@a b//c",
                        .name = "d/e",
                        .version = "1 %#?@",
                        .qualifiers = {{"k", "v&w=x/y"}, {"l", "\xc3\xa9"}}}),
            "pkg:npm/%40a%20b/c/d%2Fe@1%20%25%23%3F%40?k=v%26w%3Dx%2Fy&l=%C3%A9");
}

TEST(Purl, ReadsEachPart) {
  const auto purl = parse_purl("pkg:RPM/redhat/openssl-libs@1.0.2k-16%2B1?arch=x86_64&Epoch=1&distro=rhel-7&x#a/b");

  ASSERT_TRUE(purl);
  EXPECT_EQ(purl->type, "rpm");
  EXPECT_EQ(purl->space, "redhat");
  EXPECT_EQ(purl->name, "openssl-libs");
  EXPECT_EQ(purl->version, "1.0.2k-16+1");
  EXPECT_EQ(purl->qualifier("epoch"), "1");
  EXPECT_EQ(purl->qualifier("distro"), "rhel-7");
  EXPECT_EQ(purl->qualifier("x"), "");
}

struct ReadPurl {
  const char* text;
  const char* read;  // "namespace|name|version"; "" for what is no purl
};

class PurlReading : public testing::TestWithParam<ReadPurl> {};

TEST_P(PurlReading, IsTolerantOfWritersAndNotOfNonsense) {
  const auto purl = parse_purl(GetParam().text);
  EXPECT_EQ(purl ? purl->space + "|" + purl->name + "|" + purl->version : "", GetParam().read);
}

INSTANTIATE_TEST_SUITE_P(Rows, PurlReading,
                         testing::Values(ReadPurl{"pkg:npm/@angular/core@1.0", "@angular|core|1.0"},
                                         ReadPurl{"pkg:npm/@angular/core", "@angular|core|"},
                                         ReadPurl{"pkg:npm/%40angular/core@1.0", "@angular|core|1.0"},
                                         ReadPurl{"pkg://deb/debian/apt@1%3A2", "debian|apt|1:2"},
                                         ReadPurl{"pkg:golang/github.com/a/b@v1.2.3", "github.com/a|b|v1.2.3"},
                                         ReadPurl{"pkg:gem/a/", "|a|"}, ReadPurl{"", ""}, ReadPurl{"npm/a@1", ""},
                                         ReadPurl{"pkg:npm", ""}, ReadPurl{"pkg:/a@1", ""},
                                         ReadPurl{"pkg:n%70m/a@1", ""}, ReadPurl{"pkg:npm/", ""},
                                         ReadPurl{"pkg:npm/%4", ""}, ReadPurl{"pkg:npm/%zz@1", ""},
                                         ReadPurl{"pkg:npm/a@%", ""}, ReadPurl{"pkg:npm/a?k=%4", ""}));

TEST(Purl, IsNotReadPastItsBound) {
  const std::string longest = "pkg:npm/" + std::string(kPurlBytesMax - 8, 'a');
  EXPECT_TRUE(parse_purl(longest));
  EXPECT_FALSE(parse_purl(longest + "a"));
}

TEST(Purl, ReadsWhatItWrites) {
  const std::string text = write_purl({.type = "npm",
                                       .space = "@a b/c",
                                       .name = "d/e",
                                       .version = "1 %#?@/",
                                       .qualifiers = {{"k", "v&w=x/y"}, {"l", "\xc3\xa9"}}});

  const auto purl = parse_purl(text);

  ASSERT_TRUE(purl);
  EXPECT_EQ(purl->space, "@a b/c");
  EXPECT_EQ(purl->name, "d/e");
  EXPECT_EQ(purl->version, "1 %#?@/");
  EXPECT_EQ(purl->qualifier("k"), "v&w=x/y");
  EXPECT_EQ(purl->qualifier("l"), "\xc3\xa9");
}

}  // namespace
}  // namespace base

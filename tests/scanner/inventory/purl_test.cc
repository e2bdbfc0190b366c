#include "scanner/inventory/purl.h"

#include <gtest/gtest.h>

namespace scanner::inventory {
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

}  // namespace
}  // namespace scanner::inventory

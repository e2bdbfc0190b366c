#include "scanner/inventory/os_release.h"

#include <gtest/gtest.h>

namespace scanner::inventory {
namespace {

TEST(OsRelease, IsLookedForInTwoPlaces) {
  const OsReleaseExtractor extractor;
  EXPECT_TRUE(extractor.wants("etc/os-release"));
  EXPECT_TRUE(extractor.wants("usr/lib/os-release"));
  EXPECT_FALSE(extractor.wants("srv/etc/os-release"));
  EXPECT_FALSE(extractor.wants("etc/lsb-release"));
  EXPECT_EQ(extractor.fixed_paths().size(), 2U);
}

TEST(OsRelease, TellsTheDistributionAndNoPackage) {
  const Extraction extraction = OsReleaseExtractor().extract({.path = "etc/os-release", .content = "ID=alpine\n"});
  ASSERT_TRUE(extraction.distribution);
  EXPECT_EQ(extraction.distribution->id, "alpine");
  EXPECT_TRUE(extraction.packages.empty());
}

TEST(OsRelease, ReadsBareAndQuotedValues) {
  const Distribution distribution = parse_os_release(
      "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\r\n"
      "# a comment\n"
      "\n"
      "VERSION_ID='12'\n"
      "  ID=debian  \n"
      "VERSION_CODENAME=bookworm");
  EXPECT_EQ(distribution, (Distribution{.id = "debian",
                                        .version_id = "12",
                                        .codename = "bookworm",
                                        .pretty_name = "Debian GNU/Linux 12 (bookworm)"}));
}

TEST(OsRelease, BackslashesEscapeInDoubleQuotesAlone) {
  EXPECT_EQ(parse_os_release(R"(PRETTY_NAME="a \"b\" \$c \\")").pretty_name, R"(a "b" $c \)");
  EXPECT_EQ(parse_os_release(R"(PRETTY_NAME='a \"b')").pretty_name, R"(a \"b)");
}

TEST(OsRelease, PassesOverLinesThatCannotBeRead) {
  for (const char* content : {"", "ID", "=debian", "ID=\"debian", "ID='debian' x", "\xff\xfe\n", "IDX=debian"}) {
    EXPECT_EQ(parse_os_release(content), Distribution{}) << content;
  }
}

TEST(OsRelease, TheLastValueCounts) {
  EXPECT_EQ(parse_os_release("ID=debian\nID=kali\n").id, "kali");
}

TEST(OsRelease, ValuesAreEscapedAndBounded) {
  EXPECT_EQ(parse_os_release("ID=a\x1b[31m").id.find('\x1b'), std::string::npos);
  EXPECT_LE(parse_os_release("ID=" + std::string(10'000, 'a')).id.size(), 300U);
}

TEST(OsRelease, ADerivativeIsNotItsParent) {
  EXPECT_TRUE(is_known({.id = "debian", .version_id = "12", .codename = "", .pretty_name = ""}));
  EXPECT_TRUE(is_known({.id = "alpine", .version_id = "3.20", .codename = "", .pretty_name = ""}));
  EXPECT_FALSE(is_known(parse_os_release("ID=kali\nID_LIKE=debian\n")));
  EXPECT_FALSE(is_known(Distribution{}));
}

}  // namespace
}  // namespace scanner::inventory

#include "scanner/inventory/os_release.h"

#include <gtest/gtest.h>

namespace scanner::inventory {
namespace {

TEST(OsRelease, IsLookedForInItsPlaces) {
  const OsReleaseExtractor extractor;
  for (const char* path :
       {"etc/os-release", "usr/lib/os-release", "etc/centos-release", "etc/redhat-release", "etc/system-release"}) {
    EXPECT_TRUE(extractor.wants(path)) << path;
  }
  EXPECT_FALSE(extractor.wants("srv/etc/os-release"));
  EXPECT_FALSE(extractor.wants("etc/lsb-release"));
  EXPECT_EQ(extractor.fixed_paths().size(), 7U);
}

// As the files have them.
TEST(ReleaseLine, NamesTheDistributionsOfRpm) {
  struct Row {
    const char* line;
    const char* distribution;
  };
  for (const Row& row : {Row{"CentOS release 6.10 (Final)\n", "centos 6.10"},
                         Row{"CentOS Linux release 7.6.1810 (Core) \n", "centos 7.6.1810"},
                         Row{"Red Hat Enterprise Linux Server release 6.2 (Santiago)", "rhel 6.2"},
                         Row{"Oracle Linux Server release 7.6\n", "ol 7.6"},
                         Row{"AlmaLinux release 8.4 (Electric Cheetah)", "almalinux 8.4"},
                         Row{"Rocky Linux release 8.4 (Green Obsidian)", "rocky 8.4"},
                         Row{"Fedora release 29 (Twenty Nine)\n", "fedora 29"},
                         Row{"Amazon Linux AMI release 2018.03\n", "amzn 2018.03"},
                         Row{"Red Hat Linux release 6.2 (Zoot)\n", " "},  // of the last century
                         Row{"CentOS\n", " "}, Row{"Our release 6\n", " "}, Row{"", " "}}) {
    const Distribution distribution = parse_release_line(row.line);
    EXPECT_EQ(distribution.id + " " + distribution.version_id, row.distribution) << row.line;
  }
  EXPECT_EQ(parse_release_line("CentOS Stream release 8\n").pretty_name, "CentOS Stream release 8");
}

TEST(ReleaseLine, IsReadOfTheFilesThatHaveOne) {
  const Extraction extraction =
      OsReleaseExtractor().extract({.path = "etc/centos-release", .content = "CentOS release 6.10 (Final)\n"});
  ASSERT_TRUE(extraction.distribution);
  EXPECT_EQ(extraction.distribution->id, "centos");
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

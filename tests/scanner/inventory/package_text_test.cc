#include "scanner/inventory/package_text.h"

#include <gmock/gmock.h>

#include "scanner/inventory/limits.h"
#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

TEST(PackageText, NamesAndVersionsArePrintableWords) {
  for (const char* text : {"libssl3", "@a/b", "1:2.36-9+deb12u4~rc1", "g++", "!", "~"}) {
    EXPECT_TRUE(is_name(text)) << text;
    EXPECT_TRUE(is_version(text)) << text;
  }
  for (const std::string_view text :
       {std::string_view(""), std::string_view("a b"), std::string_view("a\n"), std::string_view("\x1b[m"),
        std::string_view("a\0b", 3), std::string_view("\x7f"), std::string_view("\xc3\xa9")}) {
    EXPECT_FALSE(is_name(text)) << text;
    EXPECT_FALSE(is_version(text)) << text;
  }
}

TEST(PackageText, LengthsAreBounded) {
  EXPECT_TRUE(is_name(std::string(kNameBytesMax, 'a')));
  EXPECT_FALSE(is_name(std::string(kNameBytesMax + 1, 'a')));
  EXPECT_TRUE(is_version(std::string(kVersionBytesMax, '1')));
  EXPECT_FALSE(is_version(std::string(kVersionBytesMax + 1, '1')));
}

TEST(BrokenParts, WithoutOneThereIsNoWarning) {
  std::vector<ScanWarning> warnings;
  BrokenParts().append_to(warnings, "a");
  EXPECT_THAT(warnings, IsEmpty());
}

TEST(BrokenParts, TellTheFirstAndCountAll) {
  BrokenParts broken;
  broken.add("line 7", "no version");
  broken.add("line 9", "no name");
  std::vector<ScanWarning> warnings;
  broken.append_to(warnings, "var/lib/dpkg/status");
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_EQ(warnings[0], (ScanWarning{.reason = "Unreadable",
                                      .path = "var/lib/dpkg/status",
                                      .message = "line 7: no version; 2 such places",
                                      .count = 2,
                                      .makes_incomplete = true}));
}

TEST(BrokenParts, TextOfTheFileIsEscaped) {
  BrokenParts broken;
  broken.add("line 1", "\x1b[2J");
  std::vector<ScanWarning> warnings;
  broken.append_to(warnings, "a\x1b");
  EXPECT_THAT(warnings[0].message, Not(HasSubstr("\x1b")));
  EXPECT_THAT(warnings[0].path, Not(HasSubstr("\x1b")));
}

TEST(TextLines, AreCutOffOneByOne) {
  std::string_view text = "a\n\nb\r";
  EXPECT_EQ(take_line(text), "a");
  EXPECT_EQ(take_line(text), "");
  EXPECT_EQ(take_line(text), "b\r");
  EXPECT_EQ(take_line(text), "");
  EXPECT_TRUE(text.empty());
}

TEST(TextLines, BlanksAreTakenAway) {
  EXPECT_EQ(without_blanks(" \ta b\r"), "a b");
  EXPECT_EQ(without_blanks(" \t\r"), "");
  EXPECT_EQ(without_blanks(""), "");
}

}  // namespace
}  // namespace scanner::inventory

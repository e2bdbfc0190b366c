#include "scanner/advisories/notice_text.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scanner::advisories {
namespace {

// Of the form of USN-5425-1.
constexpr std::string_view kNotice =
    "A parser (of text) reads too far. This issue only affects Ubuntu 18.04 LTS,  Ubuntu 20.04 LTS and Ubuntu 22.04 "
    "LTS. "
    "(CVE-2019-1)  It writes too far. This issue only affected Ubuntu 14.04 ESM and Ubuntu 20.04 LTS. (CVE-2020-2, "
    "CVE-2020-3)  It never ends. (CVE-2020-4)  It only affects systems of 32 bits. (CVE-2020-5)";

struct Row {
  const char* cve;
  const char* release;
  bool concerns;
};

class NoticeText : public testing::TestWithParam<Row> {};

TEST_P(NoticeText, TellsWhichReleasesAnIssueIsAbout) {
  EXPECT_EQ(concerns_release(kNotice, GetParam().cve, GetParam().release), GetParam().concerns);
}

INSTANTIATE_TEST_SUITE_P(Rows, NoticeText,
                         testing::Values(Row{"CVE-2019-1", "22.04", true}, Row{"CVE-2019-1", "18.04", true},
                                         Row{"CVE-2019-1", "24.04", false}, Row{"CVE-2019-1", "2.04", false},
                                         Row{"CVE-2020-2", "22.04", false}, Row{"CVE-2020-2", "20.04", true},
                                         Row{"CVE-2020-3", "22.04", false}, Row{"CVE-2020-4", "22.04", true},
                                         Row{"CVE-2020-5", "22.04", true}, Row{"CVE-2020-6", "22.04", true}));

TEST(NoticeText, AnIssueIsToldWhereOnePassageTellsIt) {
  const std::string text = "It only affected Ubuntu 20.04. (CVE-1) More of it. (CVE-1)";
  EXPECT_TRUE(concerns_release(text, "CVE-1", "22.04"));
}

TEST(NoticeText, AnIssueWhoseNumberBeginsAsAnothersIsNotThatOne) {
  const std::string text = "It only affected Ubuntu 20.04. (CVE-2022-3628) More of it. (CVE-2022-36280)";
  EXPECT_FALSE(concerns_release(text, "CVE-2022-3628", "22.04"));
  EXPECT_TRUE(concerns_release(text, "CVE-2022-36280", "22.04"));
  EXPECT_TRUE(concerns_release("It only affected Ubuntu 20.04. (CVE-2022-36280)", "CVE-2022-3628", "22.04"));
}

TEST(NoticeText, WhatIsCutOffIsReadAsFarAsItGoes) {
  const std::string text = "It only affected Ubuntu 20.04. (CVE-1";
  EXPECT_FALSE(concerns_release(text, "CVE-1", "22.04"));
  for (std::size_t size = 0; size < text.size(); ++size) {
    static_cast<void>(concerns_release(text.substr(0, size), "CVE-1", "22.04"));
  }
  EXPECT_TRUE(concerns_release("", "CVE-1", "22.04"));
}

TEST(IssuesToldInWords, StandInParentheses) {
  const std::pair<const char*, std::vector<std::string_view>> rows[] = {
      {"* gzip: arbitrary-file-write vulnerability (CVE-2022-1271)\n\nSee the page.", {"CVE-2022-1271"}},
      {"* a (CVE-2023-1, CVE-2023-2)\n* b (CVE-2023-3)", {"CVE-2023-1", "CVE-2023-2", "CVE-2023-3"}},
      {"* pcs: webpack: Regression of CVE-2023-28154 fixes in the Rocky Linux (CVE-2023-2319)", {"CVE-2023-2319"}},
      {"* one (of (CVE-2023-1)", {"CVE-2023-1"}},
      {"* open (CVE-2023-1", {"CVE-2023-1"}},
      {"This mends CVE-2023-1 and CVE-2023-2 (both).", {"CVE-2023-1", "CVE-2023-2"}},
      {"An enhancement (of speed).", {}},
      {"", {}},
  };
  for (const auto& [description, cves] : rows) EXPECT_EQ(cves_told_in(description), cves) << description;
}

TEST(StreamOfTitle, IsTheOneThatTheTitleNames) {
  const std::pair<const char*, const char*> rows[] = {
      {"Moderate: container-tools:4.0 security and bug fix update", "container-tools:4.0"},
      {"RLSA-2023:2654: nodejs:18 security update (Moderate)", "nodejs:18"},
      {"RLSA-2022:4582: gzip security update (Important)", ""},
      {"Important: idm:DL1 and idm:client security update", ""},
      {"nodejs:18 update of nodejs:18", "nodejs:18"},
      {":18 a: b", ""},
      {"", ""},
  };
  for (const auto& [title, stream] : rows) EXPECT_EQ(stream_of_title(title), stream) << title;
}

}  // namespace
}  // namespace scanner::advisories

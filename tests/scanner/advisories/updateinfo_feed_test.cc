#include "scanner/advisories/updateinfo_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scanner/advisories/feed_result.h"

namespace scanner::advisories {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using tests::FeedResult;

class UpdateinfoFeedTest : public tests::FeedFileTest {
 protected:
  UpdateinfoFeedTest() : FeedFileTest("updateinfo", "updateinfo.xml") {}
  [[nodiscard]] FeedResult read(const std::string& updates) const {
    return FeedFileTest::read("<?xml version=\"1.0\"?><updates>" + updates + "</updates>");
  }
};

constexpr std::string_view kFedora =
    R"(<update from="updates@fedoraproject.org" status="stable" type="security" version="2.0">
<id>FEDORA-2021-06b49c4e79</id><title>nettle-3.7.2-1.fc34</title><issued date="2021-04-27 00:49:12"/><rights/>
<release>Fedora 34</release><severity>Moderate</severity><description>An update of nettle.</description><references>
<reference href="https://example.com/1" id="1942533" title="CVE-2021-20305 nettle: out of bounds [fedora-all]" type="bugzilla"/>
<reference href="https://example.com/2" id="1942534" title="nettle-3.7.2 is available" type="bugzilla"/></references>
<pkglist><collection short="F34"><name>Fedora 34</name>
<package name="nettle" version="3.7.2" release="1.fc34" epoch="0" arch="i686"><filename>nettle.rpm</filename></package>
<package name="nettle" version="3.7.2" release="1.fc34" epoch="0" arch="x86_64"/>
<package name="nettle-devel" version="3.7.2" release="1.fc34" epoch="2" arch="x86_64"/>
<package name="nettle" version="3.7.2" release="1.fc34" epoch="0" arch="src"/></collection></pkglist></update>)";

std::string update(const std::string& type, const std::string& head, const std::string& collection) {
  return "<update type=\"" + type + "\"><id>ALAS-2023-1</id>" + head + "<pkglist><collection><name>" + collection +
         R"(</name><package name="curl" version="8.0" release="1.x" epoch="0" arch="noarch"/></collection></pkglist></update>)";
}

TEST_F(UpdateinfoFeedTest, AnUpdateTellsEachIssueForEachBinaryPackageOnce) {
  const FeedResult feed = read(std::string(kFedora));

  ASSERT_THAT(feed.advisories, SizeIs(2)) << "an i686 and an x86_64 of one version are one, the source is none";
  const Advisory& first = feed.advisories[0];
  EXPECT_EQ(first.id, "CVE-2021-20305");
  EXPECT_THAT(first.aliases, ElementsAre("FEDORA-2021-06b49c4e79"));
  EXPECT_EQ(first.ecosystem, "rpm:fedora:34");
  EXPECT_EQ(first.package, "nettle");
  EXPECT_THAT(first.references, ElementsAre("https://example.com/1", "https://example.com/2"));
  EXPECT_THAT(first.intervals, ElementsAre(Interval{"", "3.7.2-1.fc34", ""}));
  EXPECT_THAT(first.ratings, ElementsAre(Rating{"fedora", Severity::kMedium, ""}));
  EXPECT_EQ(first.fix_date, "2021-04-27T00:49:12Z");
  EXPECT_THAT(feed.advisories[1].intervals, ElementsAre(Interval{"", "2:3.7.2-1.fc34", ""}));
  EXPECT_THAT(feed.ecosystems, ElementsAre("rpm:fedora:34"));
  EXPECT_EQ(feed.summary.newest, "2021-04-27 00:49:12");
}

TEST_F(UpdateinfoFeedTest, TheReleaseIsToldByReleaseCollectionOrTitle) {
  const std::tuple<const char*, const char*, const char*> rows[] = {
      {"<release>openSUSE Leap 15.1 Update</release>", "x", "rpm:opensuse-leap:15.1"},
      {"", "Amazon Linux 2", "rpm:amzn:2"},
      {"", "Amazon Linux 2023", "rpm:amzn:2023"},
      {"<title>Amazon Linux AMI 2011.09 - ALAS-2011-1: medium priority package update for httpd</title>", "x",
       "rpm:amzn:1"},
      {"<release>SUSE Linux Enterprise Module for Basesystem 15 SP4</release>", "x", "rpm:sles:15.4"},
      {"<release>SUSE Linux Enterprise Micro 5.3</release>", "x", "rpm:sle-micro:5.3"},
  };
  for (const auto& [head, collection, ecosystem] : rows) {
    EXPECT_THAT(read(update("security", head, collection)).ecosystems, ElementsAre(ecosystem)) << head << collection;
  }
}

TEST_F(UpdateinfoFeedTest, AnUpdateWithoutACveIsAnIssueByItsOwnId) {
  const FeedResult feed = read(update("security", "<severity>important</severity>", "Fedora 40"));
  ASSERT_THAT(feed.advisories, SizeIs(1));
  EXPECT_EQ(feed.advisories[0].id, "ALAS-2023-1");
  EXPECT_THAT(feed.advisories[0].aliases, IsEmpty());
  EXPECT_THAT(feed.advisories[0].ratings, ElementsAre(Rating{"fedora", Severity::kHigh, ""}));
}

TEST_F(UpdateinfoFeedTest, CorrectionsAreNoIssuesAndUnknownReleasesAreNoted) {
  const FeedResult feed = read(update("bugfix", "", "Fedora 40") + update("enhancement", "", "Fedora 40") +
                               update("security", "", "Mageia 9") + update("security", "", "Fedora 40"));
  EXPECT_THAT(feed.advisories, SizeIs(1));
  ASSERT_THAT(feed.notes, SizeIs(1));
  EXPECT_THAT(feed.notes[0].message, HasSubstr("ALAS-2023-1"));
  EXPECT_EQ(feed.summary.records, 1U);
}

TEST_F(UpdateinfoFeedTest, AModulesStreamIsKept) {
  const std::string text = R"(<update type="security"><id>X-1</id><release>Fedora 40</release><pkglist><collection>
<module name="nodejs" stream="18" version="1" context="c" arch="x86_64"/>
<package name="nodejs" version="18.1" release="1.module" epoch="1" arch="x86_64"/></collection>
<collection><package name="zlib" version="1" release="1" epoch="0" arch="x86_64"/></collection></pkglist></update>)";
  const FeedResult feed = read(text);
  ASSERT_THAT(feed.advisories, SizeIs(2));
  EXPECT_EQ(feed.advisories[1].module, "") << "a module is that of its collection";
  EXPECT_EQ(feed.advisories[0].module, "nodejs:18");
  EXPECT_THAT(feed.advisories[0].intervals, ElementsAre(Interval{"", "1:18.1-1.module", ""}));
}

TEST_F(UpdateinfoFeedTest, WhatIsNoUpdateinfoIsRefused) {
  const std::pair<const char*, const char*> rows[] = {{"<metadata/>", "not an updateinfo.xml"},
                                                      {"<updates/>", "no security update"},
                                                      {"<updates><update>", "updateinfo.xml:1"},
                                                      {"", "updateinfo.xml:1"}};
  for (const auto& [text, message] : rows) {
    EXPECT_THAT(error_of(text), HasSubstr(message)) << text;
  }
}

}  // namespace
}  // namespace scanner::advisories

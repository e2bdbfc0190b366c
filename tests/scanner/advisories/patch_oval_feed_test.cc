#include "scanner/advisories/patch_oval_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/scanner/advisories/feed_result.h"

namespace scanner::advisories {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using tests::FeedResult;

class PatchOvalFeedTest : public tests::FeedFileTest {
 protected:
  PatchOvalFeedTest() : FeedFileTest("patch-oval", "rhel.xml") {}
};

// A notice; `criteria` stands inside its innermost criteria.
std::string definition(const std::string& criteria, const std::string& platform = "Red Hat Enterprise Linux 9",
                       const std::string& issues = R"(<reference ref_id="CVE-2023-1" source="CVE"/>)") {
  return R"(<definition class="patch"><metadata><title>RHSA-2023:1: openssl: security update (Important)</title>
<affected family="unix"><platform>)" +
         platform +
         R"(</platform></affected><reference ref_id="RHSA-2023:1" ref_url="https://example.com/1" source="RHSA"/>)" +
         issues + R"(<description>It &lt;breaks&gt;.</description><advisory from="secalert@example.com">
<severity>Important</severity><issued date="2023-03-22"/>
<cve cvss3="7.5/CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H" impact="moderate">CVE-2023-1</cve></advisory></metadata>
<criteria operator="AND"><criterion comment=")" +
         platform + R"( is installed" test_ref="tst:0"/>)" + criteria + "</criteria></definition>";
}

std::string document(const std::string& definitions, const std::string& more_states = "") {
  return R"(<?xml version="1.0"?><oval_definitions xmlns:oval="x" xmlns:red-def="y"><generator>
<oval:timestamp>2023-04-05T15:46:46</oval:timestamp></generator><definitions>)" +
         definitions + R"(</definitions><tests>
<red-def:rpmverifyfile_test id="tst:0"><red-def:object object_ref="obj:0"/><red-def:state state_ref="ste:0"/></red-def:rpmverifyfile_test>
<red-def:rpminfo_test id="tst:1"><red-def:object object_ref="obj:1"/><red-def:state state_ref="ste:1"/></red-def:rpminfo_test>
<red-def:rpminfo_test id="tst:2"><red-def:object object_ref="obj:1"/><red-def:state state_ref="ste:2"/></red-def:rpminfo_test>
<red-def:rpminfo_test id="tst:3"><red-def:object object_ref="obj:2"/><red-def:state state_ref="ste:3"/></red-def:rpminfo_test>
</tests><objects>
<red-def:rpminfo_object id="obj:1"><red-def:name>openssl-libs</red-def:name></red-def:rpminfo_object>
<red-def:rpminfo_object id="obj:2"><red-def:name>nodejs</red-def:name></red-def:rpminfo_object>
</objects><states>
<red-def:rpminfo_state id="ste:1"><red-def:arch operation="pattern match">x86_64</red-def:arch>
<red-def:evr datatype="evr_string" operation="less than">1:3.0.1-47.el9_1</red-def:evr></red-def:rpminfo_state>
<red-def:rpminfo_state id="ste:2"><red-def:signature_keyid operation="equals">199e2f91fd431d51</red-def:signature_keyid></red-def:rpminfo_state>
<red-def:rpminfo_state id="ste:3"><red-def:evr datatype="evr_string" operation="less than">0:18.14.2-2.module+el9</red-def:evr></red-def:rpminfo_state>)" +
         more_states + "</states></oval_definitions>";
}

const std::string kOpenssl = R"(<criterion comment="openssl-libs is earlier than 1:3.0.1-47.el9_1" test_ref="tst:1"/>
<criterion comment="openssl-libs is signed" test_ref="tst:2"/>)";

TEST_F(PatchOvalFeedTest, ANoticeTellsEachOfItsIssuesForEachPackage) {
  const FeedResult feed = read(document(
      definition(kOpenssl, "Red Hat Enterprise Linux 9",
                 R"(<reference ref_id="CVE-2023-1" source="CVE"/><reference ref_id="CVE-2023-2" source="CVE"/>)")));

  ASSERT_THAT(feed.advisories, SizeIs(2));
  const Advisory& first = feed.advisories[0];
  EXPECT_EQ(first.id, "CVE-2023-1");
  EXPECT_THAT(first.aliases, ElementsAre("RHSA-2023:1"));
  EXPECT_EQ(first.ecosystem, "rpm:rhel:9");
  EXPECT_EQ(first.package, "openssl-libs");
  EXPECT_THAT(first.intervals, ElementsAre(Interval{"", "1:3.0.1-47.el9_1", ""}));
  EXPECT_THAT(first.ratings,
              ElementsAre(Rating{"redhat", Severity::kMedium, ""},
                          Rating{"redhat", Severity::kHigh, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}))
      << "the issue's own word, not the notice's, and the vector beside it";
  EXPECT_EQ(first.title, "openssl: security update");
  EXPECT_EQ(first.url, "https://example.com/1");
  EXPECT_EQ(first.fix_date, "2023-03-22T00:00:00Z");
  EXPECT_EQ(first.module, "");
  EXPECT_EQ(feed.advisories[1].id, "CVE-2023-2");
  EXPECT_THAT(feed.advisories[1].ratings, ElementsAre(Rating{"redhat", Severity::kHigh, ""})) << "the notice's word";
  EXPECT_THAT(feed.ecosystems, ElementsAre("rpm:rhel:9"));
  EXPECT_EQ(feed.summary.records, 1u);
  EXPECT_EQ(feed.summary.newest, "2023-04-05T15:46:46");
}

// As Oracle writes of older issues; the scores are those that the vectors have.
TEST_F(PatchOvalFeedTest, VectorsOfAllVersionsAreKeptWithOrWithoutAWord) {
  const std::string version4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
  const std::string cve =
      R"(<cve cvss2="7.5/AV:N/AC:L/Au:N/C:P/I:P/A:P" cvss3="9.8/CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" cvss4="9.3/)" +
      version4 + R"(">CVE-2023-1</cve>)";
  std::string text = document(definition(kOpenssl));
  const std::size_t start = text.find("<cve ");
  text.replace(start, text.find("</cve>") + 6 - start, cve);
  const Rating vectors[] = {{"redhat", Severity::kCritical, version4},
                            {"redhat", Severity::kCritical, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
                            {"redhat", Severity::kHigh, "AV:N/AC:L/Au:N/C:P/I:P/A:P"}};
  EXPECT_THAT(read(text).advisories.at(0).ratings,
              ElementsAre(Rating{"redhat", Severity::kHigh, ""}, vectors[0], vectors[1], vectors[2]));

  const std::string word = "<severity>Important</severity>";
  text.replace(text.find(word), word.size(), "<severity>None given</severity>");
  EXPECT_THAT(read(text).advisories.at(0).ratings, ElementsAre(vectors[0], vectors[1], vectors[2]));
}

// Red Hat's files of what is kept up have the platform of the newest release.
TEST_F(PatchOvalFeedTest, AStreamIsToldByTheListOfCpes) {
  struct Row {
    const char* cpes;
    std::vector<std::string> ecosystems;
  } const rows[] = {
      {"<cpe>cpe:/a:redhat:enterprise_linux:9</cpe><cpe>cpe:/a:redhat:enterprise_linux:9::appstream</cpe>",
       {"rpm:rhel:9"}},
      {"<cpe>cpe:/a:redhat:rhel_eus:9.0::appstream</cpe><cpe>cpe:/o:redhat:rhel_eus:9.0::baseos</cpe>",
       {"rpm:rhel:9.0"}},
      {"<cpe>cpe:/a:redhat:rhel_aus:8.4::appstream</cpe><cpe>cpe:/a:redhat:rhel_e4s:8.4::appstream</cpe>",
       {"rpm:rhel:8.4"}},
      {"<cpe>cpe:/o:redhat:rhel_els:7</cpe>", {"rpm:rhel:7:els"}},
      {"<cpe>cpe:/a:redhat:enterprise_linux:9</cpe><cpe>cpe:/a:redhat:rhel_eus:9.2</cpe>",
       {"rpm:rhel:9", "rpm:rhel:9.2"}},
      {"<cpe>cpe:/a:example:other:9.0</cpe>", {"rpm:rhel:9"}},
      {"", {"rpm:rhel:9"}},
  };
  for (const Row& row : rows) {
    std::string text = document(definition(kOpenssl));
    text.insert(text.find("</advisory>"), "<affected_cpe_list>" + std::string(row.cpes) + "</affected_cpe_list>");
    const FeedResult feed = read(text);
    EXPECT_EQ(feed.ecosystems, row.ecosystems) << row.cpes;
    EXPECT_EQ(feed.advisories.size(), row.ecosystems.size()) << row.cpes;
  }
}

// Rocky Linux: RLSA-2022:5250 and a later notice about the same package, in both forms that its files had.
class RockyOvalTest : public PatchOvalFeedTest {
 protected:
  // `comment`: of the criteria, with the notice's own version; empty: there are none, as from 2024 on.
  static std::string notice(const std::string& number, const std::string& description, const std::string& comment) {
    const std::string earlier = comment.empty() ? "" : R"(comment="libxml2 is earlier than )" + comment + "\" ";
    const std::string is_signed = comment.empty() ? "" : R"(comment="libxml2 is signed with Rocky's key" )";
    return R"(<definition class="patch"><metadata><title>RLSA-2022:)" + number +
           R"(: libxml2 security update (Moderate)</title><affected family="unix"/><reference ref_id="RLSA-2022:)" +
           number + R"(" ref_url="https://example.com" source="RLSA"/><description>)" + description +
           R"(</description><advisory from="cpe:/o:rocky:rocky:9:GA"><severity>Moderate</severity>
<issued date="2022-06-28"/><affected_cpe_list/></advisory></metadata><criteria operator="OR"><criterion test_ref="tst:0"/>
<criteria operator="AND"><criterion )" +
           earlier + R"(test_ref="tst:1"/><criterion )" + is_signed +
           R"(test_ref="tst:1"/></criteria></criteria></definition>)";
  }
  static std::string both(const std::string& first, const std::string& second) {
    return R"(<oval_definitions><definitions>)" + notice("5250", "* libxml2: an overflow (CVE-2022-29824)", first) +
           notice("7715", "* libxml2: again; see CVE-2022-29824 (CVE-2022-40303, CVE-2022-40304)", second) +
           R"(</definitions><tests><rpminfo_test id="tst:1"><object object_ref="obj:1"/><state state_ref="ste:1"/>
</rpminfo_test></tests><objects><rpminfo_object id="obj:1"><name>libxml2</name></rpminfo_object></objects><states>
<rpminfo_state id="ste:1"><evr operation="less than">0:2.9.13-3.el9_1</evr></rpminfo_state></states></oval_definitions>)";
  }
  // "CVE < fixed" of each.
  static std::vector<std::string> told(const FeedResult& feed) {
    std::vector<std::string> lines;
    for (const Advisory& advisory : feed.advisories)
      lines.push_back(advisory.id + " < " + advisory.intervals.at(0).fixed);
    return lines;
  }
};

TEST_F(RockyOvalTest, IssuesAndVersionsAreToldInWords) {
  const FeedResult feed = read(both("0:2.9.13-1.el9_0.1", "0:2.9.13-3.el9_1"));
  EXPECT_THAT(told(feed), ElementsAre("CVE-2022-29824 < 2.9.13-1.el9_0.1", "CVE-2022-40303 < 2.9.13-3.el9_1",
                                      "CVE-2022-40304 < 2.9.13-3.el9_1"));
  EXPECT_THAT(feed.notes, IsEmpty());
  EXPECT_THAT(feed.ecosystems, ElementsAre("rpm:rocky:9"));
  const Advisory& first = feed.advisories.at(0);
  EXPECT_EQ(first.package, "libxml2");
  EXPECT_THAT(first.aliases, ElementsAre("RLSA-2022:5250"));
  EXPECT_THAT(first.ratings, ElementsAre(Rating{"rocky", Severity::kMedium, ""}));
  EXPECT_EQ(first.fix_date, "2022-06-28T00:00:00Z");
  EXPECT_EQ(feed.summary.records, 2U);
}

TEST_F(RockyOvalTest, WithoutWordsAboutVersionsTheLastOneCountsAndThatIsSaid) {
  const FeedResult feed = read(both("", ""));
  EXPECT_THAT(told(feed), ElementsAre("CVE-2022-29824 < 2.9.13-3.el9_1", "CVE-2022-40303 < 2.9.13-3.el9_1",
                                      "CVE-2022-40304 < 2.9.13-3.el9_1"))
      << "the interval is wider, never narrower";
  ASSERT_THAT(feed.notes, SizeIs(1));
  EXPECT_THAT(feed.notes[0].message, HasSubstr("only the last one's version"));
}

TEST_F(PatchOvalFeedTest, WordsOfOtherVendorsNameNoIssue) {
  std::string text = document(definition(kOpenssl, "Red Hat Enterprise Linux 9", ""));
  const std::size_t start = text.find("<cve ");
  text.replace(start, text.find("</cve>") + 6 - start, "");
  text.insert(text.find("</description>"), " After CVE-2023-9 (CVE-2023-9).");
  EXPECT_THAT(error_of(text), HasSubstr("no definition in it that names an issue"));
}

TEST_F(PatchOvalFeedTest, AModuleThatMustBeEnabledIsKept) {
  const FeedResult feed = read(document(definition(
      R"(<criterion comment="Module nodejs:18 is enabled" test_ref="tst:9"/><criterion test_ref="tst:3"/>)")));
  ASSERT_THAT(feed.advisories, SizeIs(1));
  EXPECT_EQ(feed.advisories[0].module, "nodejs:18");
  EXPECT_THAT(feed.advisories[0].intervals, ElementsAre(Interval{"", "18.14.2-2.module+el9", ""}));
}

TEST_F(PatchOvalFeedTest, ReleasesAreToldByPlatformOrCpe) {
  const std::pair<const char*, const char*> rows[] = {{"Oracle Linux 8", "rpm:ol:8"},
                                                      {"AlmaLinux 9", "rpm:almalinux:9"},
                                                      {"Amazon Linux 2", "rpm:amzn:2"},
                                                      {"cpe:/o:rocky:rocky:9:GA", "rpm:rocky:9"}};
  for (const auto& [platform, ecosystem] : rows) {
    EXPECT_THAT(read(document(definition(kOpenssl, platform))).ecosystems, ElementsAre(ecosystem));
  }
}

TEST_F(PatchOvalFeedTest, EachOfOraclesBuildsOfAPackageHasAFixOfItsOwn) {
  const std::string fips =
      R"(<rpminfo_state id="ste:2"><evr operation="less than">10:3.0.7-27.el9_fips</evr></rpminfo_state>)";
  const FeedResult feed = read(document(definition(kOpenssl, "Oracle Linux 9"), fips));

  ASSERT_THAT(feed.advisories, SizeIs(2));
  EXPECT_THAT(feed.advisories[0].intervals, ElementsAre(Interval{"", "1:3.0.1-47.el9_1", ""}));
  EXPECT_THAT(feed.advisories[1].intervals, ElementsAre(Interval{"", "10:3.0.7-27.el9_fips", ""}));
}

TEST_F(PatchOvalFeedTest, TheProductThatATestIsAskedOfIsToldByTheCriteriaAroundIt) {
  const std::string criteria = R"(<criteria operator="OR">
<criteria operator="AND"><criteria operator="OR">
<criterion comment="SUSE Linux Enterprise Server 15 SP3 is installed" test_ref="tst:9"/>
<criterion comment="SUSE Linux Enterprise Desktop 15 SP4 is installed" test_ref="tst:9"/></criteria>
<criteria operator="OR"><criterion comment="libopenssl-1.1 is installed" test_ref="tst:1"/></criteria></criteria>
<criteria operator="AND"><criterion comment="openSUSE Leap 15.4 is installed" test_ref="tst:9"/>
<criterion comment="nodejs-18 is installed" test_ref="tst:3"/></criteria></criteria>)";
  const FeedResult feed = read(document(definition(criteria, "SUSE Linux Enterprise Server 15 SP3",
                                                   R"(<reference ref_id="Mitre CVE-2023-1" source="CVE"/>)")));

  std::vector<std::pair<std::string, std::string>> told;
  for (const Advisory& advisory : feed.advisories) {
    EXPECT_EQ(advisory.id, "CVE-2023-1");
    told.emplace_back(advisory.ecosystem, advisory.package);
  }
  EXPECT_THAT(told, testing::UnorderedElementsAre(std::pair("rpm:sles:15.3", "openssl-libs"),
                                                  std::pair("rpm:sles:15.4", "openssl-libs"),
                                                  std::pair("rpm:opensuse-leap:15.4", "nodejs")));
}

// Ubuntu's objects name a variable, which lists packages; who the document is about stands in a definition of its own.
const std::string kUbuntu = R"(<oval_definitions><definitions>
<definition class="inventory" id="def:100"><metadata><title>Check that Ubuntu 24.04 LTS (noble) is installed.</title></metadata>
</definition><definition class="patch"><metadata><title>USN-1-1 -- PCRE vulnerabilities</title><affected family="unix"/>
<reference source="USN" ref_id="USN-1-1" ref_url="https://example.com/1"/><reference source="CVE" ref_id="CVE-1"/>
<reference source="CVE" ref_id="CVE-2"/><description>It reads. (CVE-1) It writes. This issue only affects Ubuntu 18.04 LTS.
(CVE-2)</description><advisory from="security@example.com"><severity>Medium</severity><issued date="2022-05-17"/>
<cve priority="low" cvss_vector="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H">CVE-1</cve></advisory></metadata>
<criteria><criterion test_ref="tst:1"/></criteria></definition></definitions><tests>
<dpkginfo_test id="tst:1"><object object_ref="obj:1"/><state state_ref="ste:1"/></dpkginfo_test></tests><objects>
<dpkginfo_object id="obj:1"><name var_ref="var:1" var_check="at least one"/></dpkginfo_object></objects><states>
<dpkginfo_state id="ste:1"><evr operation="less than">0:10.42-4ubuntu2.1</evr></dpkginfo_state></states><variables>
<constant_variable id="var:1"><value>libpcre2-8-0</value><value>pcre2-utils</value></constant_variable>
</variables></oval_definitions>)";

TEST_F(PatchOvalFeedTest, UbuntuNamesBinaryPackagesAndInWordsItsReleases) {
  const FeedResult feed = read(kUbuntu);

  EXPECT_THAT(feed.ecosystems, ElementsAre("deb:ubuntu:24.04:binary"));
  ASSERT_THAT(feed.advisories, SizeIs(2)) << "CVE-2 is about another release";
  const Advisory& first = feed.advisories[0];
  EXPECT_EQ(first.id, "CVE-1");
  EXPECT_THAT(first.aliases, ElementsAre("USN-1-1"));
  EXPECT_EQ(first.package, "libpcre2-8-0");
  EXPECT_EQ(feed.advisories[1].package, "pcre2-utils");
  EXPECT_THAT(first.intervals, ElementsAre(Interval{"", "10.42-4ubuntu2.1", ""}));
  EXPECT_EQ(first.title, "PCRE vulnerabilities");
  EXPECT_THAT(first.ratings,
              ElementsAre(Rating{"ubuntu", Severity::kLow, ""},
                          Rating{"ubuntu", Severity::kHigh, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}));
}

TEST_F(PatchOvalFeedTest, AVariableThatIsMissingNamesNoPackage) {
  std::string text = kUbuntu;
  text.replace(text.find("<constant_variable id=\"var:1\""), 29, "<constant_variable id=\"var:2\"");
  EXPECT_THROW(static_cast<void>(read(text)), base::ParseError) << "nothing is left of it";
}

TEST_F(PatchOvalFeedTest, WhatNamesNoKnownReleaseOrPackageIsSkippedWithANote) {
  const FeedResult feed = read(document(definition(kOpenssl) + definition(kOpenssl, "Unheard Of Linux 3") +
                                        definition(R"(<criterion test_ref="tst:2"/>)")));
  EXPECT_THAT(feed.advisories, SizeIs(1));
  ASSERT_THAT(feed.notes, SizeIs(2));
  EXPECT_THAT(feed.notes[0].place, HasSubstr("rhel.xml:"));
  EXPECT_THAT(feed.notes[0].message, HasSubstr("RHSA-2023:1"));
}

TEST_F(PatchOvalFeedTest, WhatIsNoSuchDocumentIsRefusedWithItsLine) {
  const std::pair<std::string, const char*> rows[] = {
      {"", "rhel.xml:1"},
      {"<html/>", "not an OVAL file"},
      {"<oval_definitions>\n\n</wrong>", "rhel.xml:3"},
      {document(""), "no definition"},
      {document(definition(kOpenssl, "Red Hat Enterprise Linux 9", "")).substr(0, 700), "not XML"},
      {"<!DOCTYPE x [<!ENTITY a \"aaaa\">]><oval_definitions/>", "document type"}};
  for (const auto& [text, message] : rows) {
    EXPECT_THAT(error_of(text), HasSubstr(message));
  }
}

// One of Azure Linux's files, written by hand in the form that is published.
class AzureOvalTest : public tests::FeedFileTest {
 protected:
  AzureOvalTest() : FeedFileTest("patch-oval", "azurelinux-3.0-oval.xml") {}

  struct State {
    const char* operation;
    const char* evr;
  };
  // A definition about golang, with a test for each state.
  static std::string document(const std::vector<State>& states, const std::string& patchable = "true",
                              const std::string& platform = "Azure Linux") {
    std::string criteria;
    std::string tests;
    std::string list;
    for (const State& state : states) {
      const std::string number = std::to_string(list.size());
      criteria += R"(<criterion comment="Package golang is earlier than it" test_ref="tst:)" + number + R"("/>)";
      tests += R"(<linux-def:rpminfo_test check="at least one" id="tst:)" + number +
               R"("><linux-def:object object_ref="obj:1"/><linux-def:state state_ref="ste:)" + number +
               R"("/></linux-def:rpminfo_test>)";
      list += R"(<linux-def:rpminfo_state id="ste:)" + number +
              R"("><linux-def:evr datatype="evr_string" operation=")" + state.operation + "\">" + state.evr +
              "</linux-def:evr></linux-def:rpminfo_state>";
    }
    return R"(<oval_definitions xmlns:oval="x" xmlns:linux-def="y"><generator>
<oval:timestamp>2026-01-22T13:11:40.643166655Z</oval:timestamp></generator><definitions>
<definition class="vulnerability" id="oval:com.microsoft.azurelinux:def:1" version="1"><metadata>
<title>CVE-2026-1 affecting package golang for versions less than 1.25.12-1</title>
<affected family="unix"><platform>)" +
           platform + R"(</platform></affected>
<reference ref_id="CVE-2026-1" ref_url="https://example.com/CVE-2026-1" source="CVE"/><patchable>)" +
           patchable + R"(</patchable>
<advisory_date>2026-01-20T21:31:32Z</advisory_date><advisory_id>1-1</advisory_id><severity>High</severity>
<description>CVE-2026-1 affecting package golang.</description></metadata>
<criteria operator="AND">)" +
           criteria + "</criteria></definition></definitions><tests>" + tests +
           R"(</tests><objects><linux-def:rpminfo_object id="obj:1"><linux-def:name>golang</linux-def:name>
</linux-def:rpminfo_object></objects><states>)" +
           list + "</states></oval_definitions>";
  }
};

TEST_F(AzureOvalTest, AFixIsToldOfTheReleaseThatItsVersionNames) {
  const FeedResult feed = read(document({{"less than", "0:1.25.12-1.azl3"}}));
  ASSERT_THAT(feed.advisories, SizeIs(1));
  const Advisory& fixed = feed.advisories[0];
  EXPECT_EQ(fixed.id, "CVE-2026-1");
  EXPECT_EQ(fixed.ecosystem, "rpm:azurelinux:3:source");
  EXPECT_EQ(fixed.package, "golang");
  EXPECT_THAT(fixed.intervals, ElementsAre(Interval{"", "1.25.12-1.azl3", ""}));
  EXPECT_THAT(fixed.ratings, ElementsAre(Rating{"microsoft", Severity::kHigh, ""}));
  EXPECT_EQ(fixed.fix_date, "2026-01-20T21:31:32Z");
  EXPECT_EQ(feed.summary.newest, "2026-01-22T13:11:40.643166655Z");
}

TEST_F(AzureOvalTest, ReleasesOfBothNamesAreToldApart) {
  struct Row {
    const char* platform;
    const char* evr;
    const char* ecosystem;
  } const rows[] = {
      {"CBL-Mariner", "0:1.22.3-5.cm1", "rpm:azurelinux:1:source"},
      {"CBL-Mariner", "0:1.22.3-5.cm2", "rpm:azurelinux:2:source"},
      {"CBL-Mariner 2.0", "0:1.22.3-5", "rpm:azurelinux:2:source"},
      {"Azure Linux 3.0", "0:1.22.3-5", "rpm:azurelinux:3:source"},
      {"Azure Linux", "0:1.22.3.cm2-5.azl4", "rpm:azurelinux:4:source"},
  };
  for (const Row& row : rows)
    EXPECT_THAT(read(document({{"less than", row.evr}}, "true", row.platform)).ecosystems, ElementsAre(row.ecosystem))
        << row.evr;
}

TEST_F(AzureOvalTest, ALowerBoundIsKept) {
  const FeedResult feed = read(document({{"less than", "0:1.26.5-1.azl3"}, {"greater than", "0:1.85.0.azl3"}}));
  ASSERT_THAT(feed.advisories, SizeIs(1));
  EXPECT_THAT(feed.advisories[0].intervals, ElementsAre(Interval{"1.85.0.azl3", "1.26.5-1.azl3", ""}));
}

TEST_F(AzureOvalTest, WithoutAFixTheLastAffectedVersionIsAffected) {
  const FeedResult feed = read(document({{"less than or equal", "0:0.112-32.cm2"}}, "false", "CBL-Mariner"));
  ASSERT_THAT(feed.advisories, SizeIs(1));
  EXPECT_EQ(feed.advisories[0].ecosystem, "rpm:azurelinux:2:source");
  EXPECT_THAT(feed.advisories[0].intervals, ElementsAre(Interval{"", "", "0.112-32.cm2"}));
}

TEST_F(AzureOvalTest, WhatWasTakenBackIsNotTold) {
  const FeedResult feed = read(document({{"less than", "0:1.25.12-1.azl3"}}, "Not Applicable"));
  EXPECT_THAT(feed.advisories, IsEmpty());
  EXPECT_EQ(feed.summary.records, 1U);
}

TEST_F(AzureOvalTest, AVersionWithoutAReleaseIsSkippedWithANote) {
  EXPECT_THAT(error_of(document({{"less than", "0:1.25.12-1"}})), HasSubstr("no definition in it"));
}

TEST_F(AzureOvalTest, BoundsOfOtherVendorsAreStillUpperOnesAlone) {
  EXPECT_THAT(error_of(document({{"greater than", "0:1.25.12-1.el9"}}, "true", "Red Hat Enterprise Linux 9")),
              HasSubstr("no definition in it"));
}

}  // namespace
}  // namespace scanner::advisories

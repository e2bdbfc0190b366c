// What of rpms is looked up where, distribution by distribution.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scanner/matching/matcher_support.h"

namespace scanner::matching {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class RpmMatcherTest : public MatcherFixture {};

TEST_F(RpmMatcherTest, AnRpmIsLookedUpByItsOwnName) {
  advise("a", osv("ALSA-2024:1", "AlmaLinux:9", "openssl-libs", "1:3.0.7-25.el9_3",
                  R"("related":["CVE-2023-5363"],"summary":"Important: openssl security update",)"));

  const MatchResult result = matcher().match(
      almalinux({rpm("openssl-libs", "1:3.0.7-24.el9"), rpm("openssl", "1:3.0.7-24.el9"), rpm("zlib", "1.2-1.el9")}));

  ASSERT_THAT(result.vulnerabilities, SizeIs(1));
  EXPECT_EQ(result.vulnerabilities[0].id, "CVE-2023-5363");
  EXPECT_EQ(result.vulnerabilities[0].package, "openssl-libs");
  EXPECT_EQ(result.vulnerabilities[0].installed, "1:3.0.7-24.el9");
  EXPECT_EQ(result.vulnerabilities[0].fixed, "1:3.0.7-25.el9_3");
  EXPECT_THAT(result.warnings, IsEmpty());
}

TEST_F(RpmMatcherTest, AnotherModuleStreamIsNotMeant) {
  advise("a", osv("ALSA-2023:2", "AlmaLinux:9", "nodejs", "1:18.14.2-2.module_el9.1.0+29",
                  R"("related":["CVE-2023-1"],"summary":"Important: nodejs:18 security update",)"));
  Matcher matches = matcher();

  EXPECT_THAT(matches.match(almalinux({rpm("nodejs", "1:18.1.0-1.module_el9", "nodejs:18")})).vulnerabilities,
              SizeIs(1));
  EXPECT_THAT(matches.match(almalinux({rpm("nodejs", "1:16.1.0-1.module_el9", "nodejs:16")})).vulnerabilities,
              IsEmpty());
  EXPECT_THAT(matches.match(almalinux({rpm("nodejs", "1:16.1.0-1.el9")})).vulnerabilities, IsEmpty());
}

// Both have the ID "centos".
TEST_F(RpmMatcherTest, AStreamOfCentosEndsOnADayOfItsOwn) {
  fixture.write("eol.json", R"({"result":[{"name":"centos","releases":[{"name":"8","eolFrom":"2021-12-31"}]},
                                          {"name":"centos-stream","releases":[{"name":"8","eolFrom":"2024-05-31"},
                                                                              {"name":"9","eolFrom":"2027-05-31"}]}]})");
  static_cast<void>(fixture.build({"endoflife:eol.json"}));
  const auto ended = [&](const std::string& release, const std::string& pretty_name) {
    Inventory inventory;
    inventory.distribution = {.id = "centos", .version_id = release, .codename = "", .pretty_name = pretty_name};
    std::vector<std::string> ids;
    for (const Vulnerability& row : Matcher(fixture.open()).match(inventory).vulnerabilities) ids.push_back(row.id);
    return ids;
  };
  EXPECT_THAT(ended("8", "CentOS Linux 8"), ElementsAre("EOL-centos-8"));
  EXPECT_THAT(ended("8", "CentOS Stream 8"), ElementsAre("EOL-centos-stream-8"));
  EXPECT_THAT(ended("9", "CentOS Stream 9"), IsEmpty());
}

TEST_F(RpmMatcherTest, CorrectionsWithoutAVulnerabilityTellNone) {
  advise("a", osv("ALBA-2024:1", "AlmaLinux:9", "bash", "9-1", R"("related":[],)"));
  advise("b", osv("ALBA-2024:2", "AlmaLinux:9", "zlib", "9-1", R"("related":["CVE-2024-2"],)"));

  const MatchResult result = matcher().match(almalinux({rpm("bash", "1-1"), rpm("zlib", "1-1")}));

  ASSERT_THAT(result.vulnerabilities, SizeIs(1));
  EXPECT_EQ(result.vulnerabilities[0].id, "CVE-2024-2");
}

TEST_F(RpmMatcherTest, RockysRecordsAreAboutTheSourcesOfItsRpms) {
  advise("a", osv("RLSA-2024:9333", "Rocky Linux:9", "openssl", "1:3.2.2-6.el9_5", R"("upstream":["CVE-2024-2511"],)"));
  Matcher matches = matcher();

  const MatchResult result = matches.match(
      rpm_image("rocky", "9.4",
                {rpm_of("openssl", "openssl-libs", "1:3.0.7-27.el9"), rpm_of("openssl", "openssl", "1:3.0.7-27.el9"),
                 rpm_of("openssl-fips-provider", "openssl-fips-provider-so", "3.0.7-2.el9")}));

  EXPECT_THAT(result.warnings, IsEmpty());
  ASSERT_THAT(result.vulnerabilities, SizeIs(1));
  EXPECT_EQ(result.vulnerabilities[0].id, "CVE-2024-2511");
  EXPECT_EQ(result.vulnerabilities[0].package, "openssl");
  EXPECT_EQ(result.vulnerabilities[0].installed, "1:3.0.7-27.el9");
  EXPECT_EQ(result.vulnerabilities[0].fixed, "1:3.2.2-6.el9_5");
  EXPECT_THAT(result.vulnerabilities[0].purls,
              ElementsAre("pkg:rpm/openssl-libs@1:3.0.7-27.el9", "pkg:rpm/openssl@1:3.0.7-27.el9"));
  EXPECT_THAT(
      matches.match(rpm_image("rocky", "9.5", {rpm_of("openssl", "openssl-libs", "1:3.2.2-6.el9_5")})).vulnerabilities,
      IsEmpty());
}

TEST_F(RpmMatcherTest, SusesRecordsAreAboutTheSourcesOfItsRpms) {
  advise("a",
         osv("openSUSE-SU-2024:14017-1", "openSUSE:Tumbleweed", "xz", "5.6.2-1.1", R"("related":["CVE-2024-3094"],)"));
  advise("b", osv("SUSE-SU-2024:3765-1", "SUSE:Linux Enterprise Server 15 SP5", "openssl-1_1", "1.1.1l-150500.17.37.1",
                  R"("related":["CVE-2024-5535"],)"));
  Matcher matches = matcher();

  const MatchResult rolling =
      matches.match(rpm_image("opensuse-tumbleweed", "20240301", {rpm_of("xz", "liblzma5", "5.6.1-1.1")}));
  const MatchResult enterprise =
      matches.match(rpm_image("sles", "15.5", {rpm_of("openssl-1_1", "libopenssl1_1", "1.1.1l-150500.17.34.1")}));

  ASSERT_THAT(rolling.vulnerabilities, SizeIs(1));
  EXPECT_EQ(rolling.vulnerabilities[0].id, "CVE-2024-3094");
  ASSERT_THAT(enterprise.vulnerabilities, SizeIs(1));
  EXPECT_EQ(enterprise.vulnerabilities[0].id, "CVE-2024-5535");
}

std::string update(const std::string& release, const std::string& package, const std::string& version) {
  return R"(<updates><update type="security"><id>RLSA-1</id><title>Important: openssl</title><severity>Critical</severity>
<release>)" +
         release + R"(</release><references><reference id="CVE-2024-2511" type="cve"/></references>
<pkglist><collection><package name=")" +
         package + R"(" epoch="1" version=")" + version +
         R"(" release="6.el9_5" arch="x86_64"/></collection></pkglist></update></updates>)";
}

// One feed names binaries, the other sources.
TEST_F(RpmMatcherTest, AnIssueOfAnRpmIsToldOnceByTwoFeeds) {
  fixture.write("updateinfo.xml", update("Rocky Linux 9", "openssl-libs", "3.2.2"));
  advise("a", osv("RLSA-2024:9333", "Rocky Linux:9", "openssl", "1:3.2.2-6.el9_5", R"("upstream":["CVE-2024-2511"],)"));
  static_cast<void>(fixture.build({"osv:osv", "updateinfo:updateinfo.xml"}));

  const MatchResult result = Matcher(fixture.open())
                                 .match(rpm_image("rocky", "9.4",
                                                  {rpm_of("openssl", "openssl-libs", "1:3.0.7-27.el9"),
                                                   rpm_of("openssl", "openssl-perl", "1:3.0.7-27.el9")}));

  ASSERT_THAT(result.vulnerabilities, SizeIs(2));
  EXPECT_EQ(result.vulnerabilities[0].package, "openssl");
  EXPECT_THAT(result.vulnerabilities[0].purls, ElementsAre("pkg:rpm/openssl-perl@1:3.0.7-27.el9"))
      << "the other feed did not name it";
  EXPECT_EQ(result.vulnerabilities[1].package, "openssl-libs");
  EXPECT_THAT(result.vulnerabilities[1].purls, ElementsAre("pkg:rpm/openssl-libs@1:3.0.7-27.el9"));
  EXPECT_THAT(result.vulnerabilities[1].aliases, ElementsAre("RLSA-1", "RLSA-2024:9333"));
}

TEST_F(RpmMatcherTest, RedHatsWordWhyThereIsNoFixIsKept) {
  fixture.write("vex.json", R"({"document":{"category":"csaf_vex","tracking":{"id":"CVE-2023-0049","status":"final"}},
    "product_tree":{"branches":[{"product":{"product_id":"rhel_7","product_identification_helper":{"cpe":"cpe:/o:redhat:enterprise_linux:7"}}},
      {"product":{"product_id":"vim"}}],
      "relationships":[{"full_product_name":{"product_id":"rhel_7:vim"},"product_reference":"vim","relates_to_product_reference":"rhel_7"}]},
    "vulnerabilities":[{"cve":"CVE-2023-0049","product_status":{"known_affected":["rhel_7:vim"]},
      "remediations":[{"category":"no_fix_planned","details":"Out of support scope","product_ids":["rhel_7:vim"]}]}]})");
  static_cast<void>(fixture.build({"csaf-vex:vex.json"}));

  const MatchResult result =
      Matcher(fixture.open()).match(rpm_image("rhel", "7.9", {rpm_of("vim", "vim-minimal", "2:7.4.629-8.el7_9")}));

  ASSERT_THAT(result.vulnerabilities, SizeIs(1));
  EXPECT_EQ(result.vulnerabilities[0].package, "vim");
  EXPECT_EQ(result.vulnerabilities[0].fixed, "");
  EXPECT_EQ(result.vulnerabilities[0].without_fix, "Out of support scope");
}

TEST_F(RpmMatcherTest, AzureLinuxIsLookedUpByItsSources) {
  advise("a", osv("AZL-1", "Azure Linux:3", "openssl", "3.3.5-3.azl3", R"("upstream":["CVE-2026-22796"],)"));
  Package libs = rpm("openssl-libs", "3.3.5-2.azl3");
  libs.source = "openssl";
  Package own = rpm("openssl-libs", "3.3.5-3.azl3");
  own.source = "openssl";
  const MatchResult affected = matcher().match(rpm_image("azurelinux", "3.0", {libs}));
  ASSERT_THAT(affected.vulnerabilities, SizeIs(1));
  EXPECT_EQ(affected.vulnerabilities[0].id, "CVE-2026-22796");
  EXPECT_EQ(affected.vulnerabilities[0].package, "openssl");
  EXPECT_THAT(affected.vulnerabilities[0].purls, ElementsAre(libs.purl));
  EXPECT_THAT(matcher().match(rpm_image("azurelinux", "3.0", {own})).vulnerabilities, IsEmpty());
}

}  // namespace
}  // namespace scanner::matching

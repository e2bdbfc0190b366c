#include "scanner/matching/matcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scanner/matching/issue_references.h"
#include "scanner/matching/severity_choice.h"
#include "tests/scanner/matching/matcher_support.h"

namespace scanner::matching {
namespace {

using advisories::Rating;
using advisories::Severity;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class MatcherTest : public MatcherFixture {};

// Its purl is "generic": who made the image's runtime is not Bitnami, whose records tell of it.
TEST_F(MatcherTest, ARuntimeIsLookedUpInBitnamisRecords) {
  advise("a", osv("BIT-node-2024-22019", "Bitnami", "node", "20.11.1", R"("aliases":["CVE-2024-22019"],)"));
  Matcher matches = matcher();
  Package node = package("bitnami", "node", "20.11.0");
  node.purl = "pkg:generic/node@20.11.0";

  const MatchResult result = matches.match(debian({node}));
  ASSERT_THAT(result.vulnerabilities, SizeIs(1));
  EXPECT_EQ(result.vulnerabilities[0].id, "CVE-2024-22019");
  EXPECT_EQ(result.vulnerabilities[0].fixed, "20.11.1");
  EXPECT_THAT(result.vulnerabilities[0].purls, ElementsAre("pkg:generic/node@20.11.0"));
  EXPECT_THAT(matches.match(debian({package("bitnami", "node", "20.11.1")})).vulnerabilities, IsEmpty());
  EXPECT_THAT(matches.match(debian({package("generic", "our-app", "1")})).warnings, SizeIs(1)) << "nobody covers it";
}

// Its SBOMs tell Bitnami's own revision behind the version, its records do not.
TEST_F(MatcherTest, ARevisionOfBitnamisIsNoPreRelease) {
  advise("a", osv("BIT-postgresql-2026-1", "Bitnami", "postgresql", "18.6.0", R"("aliases":["CVE-2026-1"],)"));
  Matcher matches = matcher();

  EXPECT_THAT(matches.match(debian({package("bitnami", "postgresql", "18.6.0-3")})).vulnerabilities, IsEmpty());
  EXPECT_THAT(matches.match(debian({package("bitnami", "postgresql", "18.5.0-3")})).vulnerabilities, SizeIs(1));
}

TEST_F(MatcherTest, AReleaseThatHadEndedWhenTheDatabaseWasBuiltIsAFindingOfItsOwn) {
  fixture.write("eol.json", R"({"result":{"name":"almalinux","releases":[{"name":"9","eolFrom":"2026-05-31"},
                                                                        {"name":"8","eolFrom":"2029-03-01"}]}})");
  advise("a", osv("ALSA-2023:1", "AlmaLinux:9", "bash", "9-1", R"("related":["CVE-2023-1"],)"));
  static_cast<void>(fixture.build({"osv:osv", "endoflife:eol.json"}));
  Matcher matches(fixture.open());

  const MatchResult result = matches.match(almalinux({rpm("curl", "1-1")}));

  ASSERT_THAT(result.vulnerabilities, SizeIs(1));
  EXPECT_EQ(result.vulnerabilities[0].id, "EOL-almalinux-9");
  EXPECT_EQ(result.vulnerabilities[0].package, "almalinux");
  EXPECT_EQ(result.vulnerabilities[0].severity, advisories::Severity::kMedium);
  Inventory eight = almalinux({rpm("curl", "1-1")});
  eight.distribution.version_id = "8.9";
  EXPECT_THAT(matches.match(eight).vulnerabilities, IsEmpty()) << "its day had not come";
  Inventory nine = almalinux({rpm("curl", "1-1")});
  nine.distribution.version_id = "9.3";
  EXPECT_THAT(matches.match(nine).vulnerabilities, SizeIs(1)) << "a minor release ends with its major one";
  EXPECT_NE(matches.fingerprint(eight), matches.fingerprint(nine));
}

constexpr const char* kNvdVector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";

TEST_F(MatcherTest, WhatNvdSaysOfTheIssueIsKeptAndCountsWhereTheVendorRatesNothing) {
  fixture.write("nvd.json", R"({"vulnerabilities":[{"cve":{"id":"CVE-2023-1","metrics":{"cvssMetricV31":[
    {"source":"nvd@nist.gov","cvssData":{"vectorString":")" +
                                std::string(kNvdVector) + R"("}}]}}}]})");
  advise("a", osv("ALSA-2023:1", "AlmaLinux:9", "bash", "9-1", R"("related":["CVE-2023-1"],)"));
  advise("b", osv("ALSA-2023:2", "AlmaLinux:9", "zlib", "9-1",
                  R"("related":["CVE-2023-1"],"database_specific":{"severity":"LOW"},)"));
  static_cast<void>(fixture.build({"osv:osv", "nvd:nvd.json"}));
  Matcher matches(fixture.open());

  const MatchResult result = matches.match(almalinux({rpm("bash", "1-1"), rpm("zlib", "1-1")}));

  ASSERT_THAT(result.vulnerabilities, SizeIs(2));
  const advisories::Rating nvd{"nvd", advisories::Severity::kCritical, kNvdVector};
  EXPECT_EQ(result.vulnerabilities[0].package, "bash");
  EXPECT_EQ(result.vulnerabilities[0].severity_source, "nvd");
  EXPECT_EQ(result.vulnerabilities[0].severity, advisories::Severity::kCritical);
  EXPECT_EQ(result.vulnerabilities[1].severity_source, "almalinux") << "the vendor's own word comes first";
  EXPECT_EQ(result.vulnerabilities[1].severity, advisories::Severity::kLow);
  EXPECT_THAT(result.vulnerabilities[1].ratings, testing::Contains(nvd)) << "and NVD's is kept";
}

// A policy that names a source takes the first rating of it.
TEST_F(MatcherTest, WordsStandBeforeVectorsAndVectorsOfAllVersionsAreKept) {
  constexpr const char* kVersion2 = "AV:N/AC:L/Au:N/C:P/I:P/A:P";
  constexpr const char* kVersion4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
  advise("a", osv("ALSA-2023:1", "AlmaLinux:9", "bash", "9-1",
                  R"("related":["CVE-2023-1"],"severity":[{"type":"CVSS_V2","score":")" + std::string(kVersion2) +
                      R"("},{"type":"CVSS_V3","score":")" + kHighVector + R"("},{"type":"CVSS_V4","score":")" +
                      kVersion4 + R"("}],)"));
  advise("b", osv("ALSA-2023:2", "AlmaLinux:9", "bash", "9-2",
                  R"("related":["CVE-2023-1"],"database_specific":{"severity":"Low"},)"));

  const MatchResult result = matcher().match(almalinux({rpm("bash", "1-1")}));

  ASSERT_THAT(result.vulnerabilities, SizeIs(1));
  EXPECT_EQ(result.vulnerabilities[0].severity, Severity::kLow);
  EXPECT_THAT(result.vulnerabilities[0].ratings,
              ElementsAre(Rating{"almalinux", Severity::kLow, ""}, Rating{"almalinux", Severity::kHigh, kVersion2},
                          Rating{"almalinux", Severity::kHigh, kHighVector},
                          Rating{"almalinux", Severity::kCritical, kVersion4}));
}

TEST(EcosystemOf, ReleasesAreKnownByTheirCodeNames) {
  const Package found = package("deb", "a", "1");
  EXPECT_EQ(ecosystem_of(found, {.id = "ubuntu", .version_id = {}, .codename = "focal", .pretty_name = {}}),
            "deb:ubuntu:20.04");
  EXPECT_EQ(ecosystem_of(found, {.id = "ubuntu", .version_id = "22.04.2", .codename = {}, .pretty_name = {}}),
            "deb:ubuntu:22.04");
  EXPECT_EQ(ecosystem_of(found, {.id = "ubuntu", .version_id = {}, .codename = "future", .pretty_name = {}}), "");
}

TEST(EcosystemOf, AStreamOfCentosIsNoRelease) {
  Package found;
  found.type = "rpm";
  EXPECT_EQ(ecosystem_of(found, {.id = "centos", .version_id = "9", .codename = "", .pretty_name = "CentOS Stream 9"}),
            "");
}

TEST_F(MatcherTest, ReportsSourcePackagesOnceWithTheirBinaries) {
  advise("a", osv("DEBIAN-CVE-1", "Debian:12", "openssl", "3.0.9-1",
                  R"("upstream":["CVE-1"],"summary":"it breaks",)" + vector_field(kHighVector)));

  const MatchResult result = matcher().match(
      debian({binary("openssl", "3.0.8-1", ""), binary("libssl3", "3.0.8-1", "openssl"), binary("bash", "5", "")}));

  ASSERT_THAT(result.vulnerabilities, SizeIs(1));
  const Vulnerability& found = result.vulnerabilities[0];
  EXPECT_EQ(found.id, "CVE-1");
  EXPECT_THAT(found.aliases, ElementsAre("DEBIAN-CVE-1"));
  EXPECT_EQ(found.package_type, "deb");
  EXPECT_EQ(found.package, "openssl");
  EXPECT_EQ(found.installed, "3.0.8-1");
  EXPECT_EQ(found.fixed, "3.0.9-1");
  EXPECT_EQ(found.severity, Severity::kHigh);
  EXPECT_EQ(found.severity_source, "debian");
  EXPECT_THAT(found.purls, ElementsAre("pkg:deb/libssl3@3.0.8-1", "pkg:deb/openssl@3.0.8-1"));
  EXPECT_EQ(found.layer, "sha256:layer");
  EXPECT_EQ(found.path, "path/of/openssl");
  EXPECT_EQ(found.title, "it breaks");
  EXPECT_EQ(found.url, "https://security-tracker.debian.org/tracker/CVE-1");
  EXPECT_THAT(result.warnings, IsEmpty());
}

// Ubuntu's OVAL names binaries.
std::string notice(const std::string& cve, const std::string& package, const std::string& fixed) {
  return R"(<oval_definitions><definitions><definition class="patch"><metadata><title>USN-1</title><affected>
<platform>Ubuntu 22.04 LTS</platform></affected><reference source="USN" ref_id="USN-1"/><reference source="CVE" ref_id=")" +
         cve +
         R"("/><advisory><severity>High</severity></advisory></metadata><criteria><criterion test_ref="t"/></criteria></definition></definitions><tests>
<dpkginfo_test id="t"><object object_ref="o"/><state state_ref="s"/></dpkginfo_test></tests><objects>
<dpkginfo_object id="o"><name var_ref="v"/></dpkginfo_object></objects><states><dpkginfo_state id="s">
<evr operation="less than">)" +
         fixed + R"(</evr></dpkginfo_state></states><variables><constant_variable id="v"><value>)" + package +
         R"(</value><value>openssl</value></constant_variable></variables></oval_definitions>)";
}

Inventory ubuntu(std::vector<Package> packages) {
  Inventory inventory = debian(std::move(packages));
  inventory.distribution.id = "ubuntu";
  inventory.distribution.version_id = "22.04";
  return inventory;
}

TEST_F(MatcherTest, AdvisoriesAboutBinariesAreRowsOfTheirSource) {
  fixture.write("usn.xml", notice("CVE-1", "libssl3", "0:3.0.2-2"));
  static_cast<void>(fixture.build({"patch-oval:usn.xml"}));
  Matcher matches(fixture.open());

  const MatchResult result =
      matches.match(ubuntu({binary("libssl3", "3.0.2-1", "openssl"), binary("openssl", "3.0.2-1", ""),
                            binary("openssl-dev", "3.0.2-1", "openssl"), binary("zlib1g", "1-1", "zlib")}));

  ASSERT_THAT(result.vulnerabilities, SizeIs(1));
  EXPECT_EQ(result.vulnerabilities[0].package, "openssl");
  EXPECT_EQ(result.vulnerabilities[0].package_type, "deb");
  EXPECT_EQ(result.vulnerabilities[0].fixed, "3.0.2-2");
  EXPECT_THAT(result.vulnerabilities[0].purls, ElementsAre("pkg:deb/libssl3@3.0.2-1", "pkg:deb/openssl@3.0.2-1"));
  EXPECT_THAT(result.warnings, IsEmpty());
  EXPECT_THAT(matches.match(ubuntu({binary("libssl3", "3.0.2-2", "openssl")})).vulnerabilities, IsEmpty());
}

// Slices of packages do not say of which source they are: only advisories about binaries speak of them.
TEST_F(MatcherTest, APackageThatDoesNotTellItsSourceIsLookedUpByItsOwnName) {
  Package sliced = binary("libssl3", "3.0.2-1", "");
  sliced.found_by = kChiselExtractor;
  fixture.write("usn.xml", notice("CVE-1", "libssl3", "0:3.0.2-2"));
  static_cast<void>(fixture.build({"patch-oval:usn.xml"}));
  EXPECT_THAT(Matcher(fixture.open()).match(ubuntu({sliced})).vulnerabilities, SizeIs(1));

  fixture.write("osv/1.json", osv("CVE-1", "Ubuntu:22.04:LTS", "openssl", "3.0.2-2"));
  static_cast<void>(fixture.build({"osv:osv"}));
  const MatchResult unseen = Matcher(fixture.open()).match(ubuntu({sliced}));
  ASSERT_THAT(unseen.warnings, SizeIs(1));
  EXPECT_EQ(unseen.warnings[0].reason, "NotCovered");
  EXPECT_TRUE(unseen.warnings[0].makes_incomplete);
}

// Slices and whole packages in one image, whichever comes first.
TEST_F(MatcherTest, EachPackageIsLookedUpByWhatItTellsItself) {
  Package sliced = binary("libssl3", "3.0.2-1", "");
  sliced.found_by = kChiselExtractor;
  const Package whole = binary("zlib1g", "1-1", "zlib");
  fixture.write("osv/1.json", osv("CVE-1", "Ubuntu:22.04:LTS", "zlib", "1-2"));
  static_cast<void>(fixture.build({"osv:osv"}));
  for (const Inventory& image : {ubuntu({sliced, whole}), ubuntu({whole, sliced})}) {
    const MatchResult result = Matcher(fixture.open()).match(image);
    EXPECT_THAT(result.vulnerabilities, SizeIs(1));
    ASSERT_THAT(result.warnings, SizeIs(1)) << "nobody spoke of the slice";
    EXPECT_EQ(result.warnings[0].count, 1U);
  }
}

TEST_F(MatcherTest, TwoFeedsOfOneDistributionGiveOneRow) {
  fixture.write("usn.xml", notice("CVE-1", "libssl3", "3.0.2-2"));
  fixture.write("osv/1.json", osv("CVE-1", "Ubuntu:22.04:LTS", "openssl", "3.0.2-2"));
  static_cast<void>(fixture.build({"patch-oval:usn.xml", "osv:osv"}));
  Matcher matches(fixture.open());
  const Inventory image = ubuntu({binary("libssl3", "3.0.2-1", "openssl"), binary("libssl-dev", "3.0.2-1", "openssl")});

  const MatchResult result = matches.match(image);

  ASSERT_THAT(result.vulnerabilities, SizeIs(1));
  EXPECT_THAT(result.vulnerabilities[0].purls, SizeIs(2));
  EXPECT_EQ(result.vulnerabilities[0].severity, Severity::kHigh) << "the source's record rates nothing";
  EXPECT_THAT(result.vulnerabilities[0].aliases, ElementsAre("USN-1"));
  EXPECT_NE(matches.fingerprint(image), matches.fingerprint(ubuntu({binary("libssl3", "3.0.2-2", "openssl")})));
}

TEST_F(MatcherTest, TheSourceVersionDecidesWhereItDiffers) {
  advise("a", osv("CVE-1", "Debian:12", "gcc-12", "12.2.0-15"));
  Package libgcc = binary("libgcc-s1", "1:99-1", "gcc-12");
  libgcc.source_version = "12.2.0-14";

  EXPECT_THAT(matcher().match(debian({libgcc})).vulnerabilities, SizeIs(1));
}

TEST_F(MatcherTest, PagesAreLookedUpByAllNamesWhenSomebodyIsShownThem) {
  advise("a", osv("GHSA-1", "npm", "p", "2.0.0",
                  R"("aliases":["CVE-1"],"references":[{"type":"FIX","url":"https://example.org/fix"}],)"));
  Matcher matches = matcher();
  std::vector<Vulnerability> rows = matches.match(debian({package("npm", "p", "1.0.0")})).vulnerabilities;
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].id, "CVE-1");
  EXPECT_THAT(rows[0].references, IsEmpty());

  look_up_references(*fixture.open(), rows);

  EXPECT_THAT(rows[0].references, ElementsAre("https://example.org/fix"));
}

TEST_F(MatcherTest, TheWorstStandsFirst) {
  advise("a", osv("CVE-2", "PyPI", "b", "2", vector_field(kHighVector)));
  advise("b", osv("CVE-3", "PyPI", "a", "2"));
  advise("c", osv("CVE-9", "PyPI", "a", "2", vector_field(kCriticalVector)));
  advise("d", osv("CVE-1", "PyPI", "b", "2", vector_field(kHighVector)));

  std::vector<std::string> ids;
  for (const Vulnerability& found :
       matcher().match(debian({package("pypi", "a", "1"), package("pypi", "b", "1")})).vulnerabilities) {
    ids.push_back(found.id);
  }

  EXPECT_THAT(ids, ElementsAre("CVE-9", "CVE-1", "CVE-2", "CVE-3"));
}

TEST_F(MatcherTest, ARecordWithoutARatingTakesThatOfAnotherOfTheSameAlias) {
  advise("a", osv("DEBIAN-CVE-1", "Debian:12", "expat", "2", R"("upstream":["CVE-1"],)"));
  advise("b", osv("GHSA-1", "npm", "expat-bindings", "1.0.0",
                  R"("aliases":["CVE-1"],"database_specific":{"severity":"CRITICAL"},)"));
  advise("c", osv("DEBIAN-CVE-2", "Debian:12", "expat", "2", R"("upstream":["CVE-2"],)"));

  const MatchResult result = matcher().match(debian({binary("libexpat1", "1", "expat")}));

  ASSERT_THAT(result.vulnerabilities, SizeIs(2));
  EXPECT_EQ(result.vulnerabilities[0].severity, Severity::kCritical);
  EXPECT_EQ(result.vulnerabilities[0].severity_source, "ghsa");
  EXPECT_EQ(result.vulnerabilities[1].severity, Severity::kUnknown);
  EXPECT_EQ(result.vulnerabilities[1].severity_source, "");
}

TEST_F(MatcherTest, WhatNoSourceCoversIsAWarning) {
  advise("a", osv("CVE-1", "PyPI", "p", "2"));

  const MatchResult result =
      matcher().match(debian({binary("bash", "5", ""), binary("dash", "0.5", ""), package("pypi", "p", "2")}));

  ASSERT_THAT(result.warnings, SizeIs(1));
  EXPECT_EQ(result.warnings[0].reason, "NotCovered");
  EXPECT_EQ(result.warnings[0].path, "deb:debian:12");
  EXPECT_EQ(result.warnings[0].count, 2U);
  EXPECT_TRUE(result.warnings[0].makes_incomplete);
}

TEST_F(MatcherTest, AnUnknownDistributionIsAWarning) {
  advise("a", osv("CVE-1", "Debian:12", "p", "2"));
  Inventory inventory = debian({binary("bash", "5", "")});
  inventory.distribution.id = "hannah-montana-linux";

  const MatchResult result = matcher().match(inventory);

  ASSERT_THAT(result.warnings, SizeIs(1));
  EXPECT_EQ(result.warnings[0].reason, "UnknownDistribution");
}

TEST_F(MatcherTest, AVersionThatCannotBeComparedIsAWarningWhereRecordsExist) {
  advise("a", osv("CVE-1", "PyPI", "p", "2"));

  const MatchResult result = matcher().match(debian({package("pypi", "p", "??"), package("pypi", "other", "??")}));

  ASSERT_THAT(result.warnings, SizeIs(1));
  EXPECT_EQ(result.warnings[0].reason, "CannotCompare");
  EXPECT_EQ(result.warnings[0].path, "p");
}

// As PYSEC-2008-8 lists "0.1-bulbasaur" of paramiko.
TEST_F(MatcherTest, AVersionThatCannotBeComparedIsToldByARecordThatListsIt) {
  const std::string listing = R"({"id":"CVE-2008-1","affected":[{"package":{"ecosystem":"PyPI","name":"p"},
      "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.7"}]}],"versions":["0.1-bulbasaur","0.9"]}]})";
  advise("a", listing);
  const MatchResult alone = matcher().match(debian({package("pypi", "p", "0.1-bulbasaur")}));
  ASSERT_THAT(alone.vulnerabilities, SizeIs(1));
  EXPECT_EQ(alone.vulnerabilities[0].id, "CVE-2008-1");
  EXPECT_EQ(alone.vulnerabilities[0].fixed, "") << "nobody can say that 1.7 is above it";
  EXPECT_THAT(alone.warnings, IsEmpty());

  advise("b", osv("CVE-2009-2", "PyPI", "p", "2"));
  const MatchResult both = matcher().match(debian({package("pypi", "p", "0.1-bulbasaur")}));
  EXPECT_THAT(both.vulnerabilities, SizeIs(1));
  ASSERT_THAT(both.warnings, SizeIs(1)) << "of CVE-2009-2 nobody can say";
  EXPECT_EQ(both.warnings[0].reason, "CannotCompare");
  EXPECT_THAT(matcher().match(debian({package("pypi", "p", "0.1-other")})).vulnerabilities, IsEmpty());
}

TEST_F(MatcherTest, AKindWithoutAnOrderIsAWarning) {
  advise("a", osv("CVE-1", "PyPI", "p", "2"));
  const MatchResult result = matcher().match(debian({package("conda", "p", "1")}));
  ASSERT_THAT(result.warnings, SizeIs(1));
  EXPECT_EQ(result.warnings[0].reason, "CannotCompare");
}

TEST_F(MatcherTest, AnswersTheSameASecondTime) {
  advise("a", osv("CVE-1", "PyPI", "p", "2"));
  Matcher again = matcher();
  Package elsewhere = package("pypi", "p", "1");
  elsewhere.layer = "sha256:other";

  const MatchResult first = again.match(debian({package("pypi", "p", "1")}));
  const MatchResult second = again.match(debian({elsewhere}));

  ASSERT_THAT(second.vulnerabilities, SizeIs(1));
  EXPECT_EQ(first.vulnerabilities[0].layer, "sha256:layer");
  EXPECT_EQ(second.vulnerabilities[0].layer, "sha256:other") << "where it is belongs to the image, not to the memory";
  EXPECT_THAT(second.vulnerabilities[0].purls, SizeIs(1));
}

TEST_F(MatcherTest, TheFingerprintChangesWithTheAnswerAlone) {
  const Inventory image = debian({binary("libexpat1", "1", "expat"), package("pypi", "p", "1")});
  advise("a", osv("CVE-1", "Debian:12", "expat", "2"));
  advise("b", osv("CVE-2", "PyPI", "other", "2"));
  const std::string before = matcher().fingerprint(image);

  advise("c", osv("CVE-3", "PyPI", "another", "2"));
  EXPECT_EQ(matcher().fingerprint(image), before) << "a record about another package";
  advise("d", osv("CVE-4", "PyPI", "p", "1"));
  EXPECT_EQ(matcher().fingerprint(image), before) << "a record about another version";
  advise("d", osv("CVE-4", "PyPI", "p", "2"));
  const std::string with_new_issue = matcher().fingerprint(image);
  EXPECT_NE(with_new_issue, before);
  advise("d", osv("CVE-4", "PyPI", "p", "2", vector_field(kHighVector)));
  EXPECT_NE(matcher().fingerprint(image), with_new_issue) << "a new rating";
  advise("d", osv("CVE-4", "PyPI", "p", "3"));
  EXPECT_NE(matcher().fingerprint(image), with_new_issue) << "another fix";
}

TEST_F(MatcherTest, TheFingerprintTellsWhatIsNotCovered) {
  const Inventory image = debian({package("pypi", "p", "1")});
  advise("a", osv("CVE-1", "npm", "p", "2"));
  const std::string before = matcher().fingerprint(image);
  advise("b", osv("CVE-2", "PyPI", "other", "2"));
  EXPECT_NE(matcher().fingerprint(image), before) << "looked at now, and nothing found";
}

TEST_F(MatcherTest, NamesAreComparedAsTheEcosystemDoes) {
  advise("a", osv("CVE-1", "PyPI", "Flask_Admin", "2"));
  EXPECT_THAT(matcher().match(debian({package("pypi", "flask.admin", "1")})).vulnerabilities, SizeIs(1));
}

TEST(EcosystemOf, NamesTheDistributionsRelease) {
  const auto of = [](const char* type, const char* id, const char* version, const char* codename = "") {
    Distribution distribution;
    distribution.id = id;
    distribution.version_id = version;
    distribution.codename = codename;
    return ecosystem_of(package(type, "p", "1"), distribution);
  };
  EXPECT_EQ(of("deb", "debian", "12"), "deb:debian:12");
  EXPECT_EQ(of("deb", "debian", "", "trixie"), "deb:debian:13");
  EXPECT_EQ(of("deb", "debian", "", "trixie/sid"), "deb:debian:13");
  EXPECT_EQ(of("deb", "debian", ""), "");
  EXPECT_EQ(of("deb", "ubuntu", "22.04"), "deb:ubuntu:22.04");
  EXPECT_EQ(of("deb", "kali", "2024.1"), "");
  EXPECT_EQ(of("apk", "alpine", "3.20.1"), "apk:alpine:3.20");
  EXPECT_EQ(of("apk", "alpine", "3.20"), "apk:alpine:3.20");
  EXPECT_EQ(of("apk", "alpine", "3.21_alpha20240807"), "apk:alpine:edge");
  EXPECT_EQ(of("apk", "debian", "12"), "") << "an apk database in a Debian image";
  EXPECT_EQ(of("pypi", "", ""), "pypi");
}

TEST(ChooseSeverity, TheVendorsWordThenTheWorstVector) {
  const auto choose = [](std::vector<Rating> ratings) { return choose_severity(ratings); };
  EXPECT_EQ(choose({}), std::nullopt);
  EXPECT_EQ(choose({{"osv", Severity::kUnknown, "CVSS:4.0/..."}}), std::nullopt);
  EXPECT_EQ(choose({{"nvd", Severity::kCritical, "v"}, {"debian", Severity::kLow, ""}}),
            (ChosenSeverity{Severity::kLow, "debian"}));
  EXPECT_EQ(choose({{"a", Severity::kMedium, "v"}, {"b", Severity::kHigh, "v"}}),
            (ChosenSeverity{Severity::kHigh, "b"}));
  EXPECT_EQ(choose({{"a", Severity::kMedium, ""}, {"b", Severity::kHigh, ""}}), (ChosenSeverity{Severity::kHigh, "b"}));
}

TEST_F(MatcherTest, WhatAttackersDoIsToldByAnyOfItsNames) {
  fixture.write("osv/a.json", osv("GHSA-1", "npm", "p", "2.0.0", R"("aliases":["CVE-2021-1"],)"));
  fixture.write("kev.json", R"({"vulnerabilities":[{"cveID":"CVE-2021-1","dateAdded":"2021-12-10",)"
                            R"("knownRansomwareCampaignUse":"Known"}]})");
  Inventory inventory;
  inventory.packages = {package("npm", "p", "1.0.0")};
  static_cast<void>(fixture.build({"osv:osv"}));
  Matcher before(fixture.open());
  EXPECT_FALSE(before.match(inventory).vulnerabilities.at(0).exploited());

  static_cast<void>(fixture.build({"osv:osv", "kev:kev.json"}));
  Matcher after(fixture.open());

  const Vulnerability found = after.match(inventory).vulnerabilities.at(0);
  EXPECT_TRUE(found.exploited());
  EXPECT_TRUE(found.threat.ransomware);
  EXPECT_NE(before.fingerprint(inventory), after.fingerprint(inventory)) << "or nobody would hear of it";
}

}  // namespace
}  // namespace scanner::matching

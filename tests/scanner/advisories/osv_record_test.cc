#include "scanner/advisories/osv_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace scanner::advisories {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

OsvRecord parse(std::string_view json) {
  return OsvRecordParser().parse(json, "x.json");
}

// One affected entry of PyPI's package p, with `rest` beside its package.
std::string record_with(const std::string& rest, const std::string& more = "") {
  return R"({"id":"PYSEC-1","affected":[{"package":{"ecosystem":"PyPI","name":"p"},)" + rest + "}]" + more + "}";
}

TEST(OsvRecord, ReadsWhatTheDatabaseKeeps) {
  const OsvRecord record = parse(R"({
    "id": "GHSA-x84v-xcm2-53pg", "aliases": ["PYSEC-2018-28", "CVE-2018-18074"], "modified": "2024-01-02T00:00:00Z",
    "published": "2018-10-09T00:00:00Z", "summary": "Credentials in clear text", "details": "long",
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}],
    "affected": [{"package": {"ecosystem": "PyPI", "name": "Requests"},
                  "ranges": [{"type": "GIT", "events": [{"introduced": "0"}]},
                             {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.20.0"}]}]}],
    "database_specific": {"severity": "HIGH"}})");

  ASSERT_THAT(record.advisories, SizeIs(1));
  const Advisory& advisory = record.advisories[0];
  EXPECT_EQ(advisory.id, "GHSA-x84v-xcm2-53pg");
  EXPECT_THAT(advisory.aliases, ElementsAre("CVE-2018-18074", "PYSEC-2018-28"));
  EXPECT_EQ(advisory.ecosystem, "pypi");
  EXPECT_EQ(advisory.package, "requests");
  EXPECT_THAT(advisory.intervals, ElementsAre(Interval{"", "2.20.0", ""}));
  EXPECT_THAT(advisory.ratings,
              ElementsAre(Rating{"ghsa", Severity::kHigh, ""},
                          Rating{"ghsa", Severity::kHigh, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}));
  EXPECT_EQ(advisory.title, "Credentials in clear text");
  EXPECT_EQ(advisory.published, "2018-10-09T00:00:00Z");
  EXPECT_EQ(record.modified, "2024-01-02T00:00:00Z");
}

TEST(OsvRecord, OneAdvisoryForEachPackageIsTheUnionOfItsEntries) {
  const OsvRecord record = parse(R"({"id": "GHSA-1", "aliases": null, "affected": [
    {"package": {"ecosystem": "npm", "name": "b"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "2.0.0"}, {"fixed": "2.1.0"}]}]},
    {"package": {"ecosystem": "PyPI", "name": "a"}, "versions": ["1.0"]},
    {"package": {"ecosystem": "npm", "name": "b"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.1.0"}]}],
     "versions": ["1.0.5", "3.0.0"]}]})");

  ASSERT_THAT(record.advisories, SizeIs(2));
  EXPECT_EQ(record.advisories[0].package, "b");
  EXPECT_THAT(record.advisories[0].intervals, ElementsAre(Interval{"", "1.1.0", ""}, Interval{"2.0.0", "2.1.0", ""}));
  EXPECT_THAT(record.advisories[0].versions, ElementsAre("3.0.0")) << "1.0.5 is in an interval already";
  EXPECT_THAT(record.advisories[1].versions, ElementsAre("1.0"));
}

// As in GO-2025-3982 (rancher): releases that are none of the module's.
TEST(OsvRecord, GosCustomRangesSayWhatEveryVersionMeans) {
  const auto intervals = [](const std::string& events) {
    return parse(R"({"id":"GO-1","affected":[{"package":{"ecosystem":"Go","name":"m"},
        "ranges":[{"type":"SEMVER","events":[)" +
                 events + R"(]}],"ecosystem_specific":{"custom_ranges":[{"type":"ECOSYSTEM","events":[
        {"introduced":"2.9.0"},{"fixed":"2.9.12"}]}]}}]})")
        .advisories.at(0)
        .intervals;
  };

  EXPECT_THAT(intervals(R"({"introduced":"0"})"),
              ElementsAre(Interval{"", "", "0.0.0-zzz"}, Interval{"2.9.0", "2.9.12", ""}));
  EXPECT_THAT(intervals(R"({"introduced":"0"},{"fixed":"1.2.0"})"),
              ElementsAre(Interval{"", "1.2.0", ""}, Interval{"2.9.0", "2.9.12", ""}))
      << "what Go knows and what it does not";
}

TEST(OsvRecord, KeepsTheMostTellingPagesAndNoMoreThanABound) {
  std::string pages = R"PAGES({"type":"PACKAGE","url":"https://example.org/home"},
      {"type":"FIX","url":"https://example.org/fix"},
      {"type":"ADVISORY","url":"https://example.org/advisory"},{"type":"ADVISORY","url":"javascript:alert(1)"},
      {"type":"ADVISORY","url":"https://example.org/a b"},
      {"type":"FIX","url":"https://example.org/)PAGES" +
                      std::string(300, 'x') + "\"}";
  EXPECT_THAT(parse(record_with(R"("versions":["1"])", R"(,"references":[)" + pages + "]")).advisories[0].references,
              ElementsAre("https://example.org/advisory", "https://example.org/fix", "https://example.org/home"));

  for (int i = 0; i < 20; ++i) pages += R"(,{"type":"WEB","url":"https://example.org/)" + std::to_string(i) + "\"}";
  EXPECT_THAT(parse(record_with(R"("versions":["1"])", R"(,"references":[)" + pages + "]")).advisories[0].references,
              SizeIs(8));
}

TEST(OsvRecord, WithdrawnIsKeptAsSuch) {
  EXPECT_EQ(parse(record_with(R"("versions":["1"])", R"(,"withdrawn":"2024-01-01T00:00:00Z")")).advisories[0].status,
            Status::kWithdrawn);
}

TEST(OsvRecord, ADistributionsRecordIsAboutItsUpstreamIds) {
  const auto of = [](const std::string& ecosystem, const std::string& fields) {
    return parse(
               R"({"id":"DSA-5417-1",)" + fields + R"("affected":[{"package":{"ecosystem":")" + ecosystem +
               R"(","name":"openssl"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"3.0.9-1"}]}]}]})")
        .advisories.at(0);
  };

  EXPECT_THAT(of("Debian:12", R"("upstream":["CVE-2023-2","CVE-2023-1"],)").aliases,
              ElementsAre("CVE-2023-1", "CVE-2023-2"));
  EXPECT_THAT(of("Debian:12", R"("related":["CVE-2023-1"],)").aliases, ElementsAre("CVE-2023-1"));
  EXPECT_THAT(of("npm", R"("upstream":["CVE-2023-2"],"related":["CVE-2023-1"],)").aliases, IsEmpty());
  EXPECT_EQ(of("Alpine:v3.20", "").ecosystem, "apk:alpine:3.20");
}

TEST(OsvRecord, AModulesStreamIsThatOfTheTitleWhereItNamesOne) {
  const std::pair<const char*, const char*> rows[] = {
      {"Moderate: container-tools:4.0 security and bug fix update", "container-tools:4.0"},
      {"Important: idm:DL1 and idm:client security update", ""},
      {"Moderate: nodejs:18 security update of nodejs:18", "nodejs:18"},
      {"Important: openssl security update", ""},
      {"", ""}};
  for (const auto& [title, module] : rows) {
    const OsvRecord record =
        parse(R"({"id":"ALSA-2024:1","summary":")" + std::string(title) + R"(","related":["CVE-1"],"affected":[
        {"package":{"ecosystem":"AlmaLinux:8","name":"ipa"},"versions":["1-1"]}]})");
    EXPECT_EQ(record.advisories.at(0).module, module) << title;
  }
}

// A notice names the tracker's records, which name the CVEs.
TEST(OsvRecord, UbuntusNoticesAreAboutTheCvesOfItsTracker) {
  const auto advisory =
      parse(R"({"id":"USN-7548-1","upstream":["UBUNTU-CVE-2025-30693","UBUNTU-CVE-2025-30722"],"affected":[
      {"package":{"ecosystem":"Ubuntu:Pro:22.04:LTS","name":"mariadb-10.6"},
       "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1:10.6.22-0ubuntu0.22.04.1"}]}]}]})")
          .advisories.at(0);

  EXPECT_EQ(advisory.ecosystem, "deb:ubuntu:22.04:pro");
  EXPECT_THAT(advisory.aliases,
              ElementsAre("CVE-2025-30693", "CVE-2025-30722", "UBUNTU-CVE-2025-30693", "UBUNTU-CVE-2025-30722"));
}

TEST(OsvRecord, ReadsTheUrgencyOfDebian) {
  const auto advisory =
      parse(
          R"({"id":"DEBIAN-CVE-2020-1","upstream":["CVE-2020-1"],"affected":[{"package":{"ecosystem":"Debian:12","name":"x"},
      "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}],"ecosystem_specific":{"urgency":"unimportant"}}]})")
          .advisories.at(0);

  EXPECT_THAT(advisory.ratings, ElementsAre(Rating{"debian", Severity::kLow, ""}));
  EXPECT_THAT(advisory.intervals, ElementsAre(Interval{"", "", ""})) << "no fix";
}

TEST(OsvRecord, RatesAVectorByTheScaleOfItsVersion) {
  for (const auto& [vector, severity] : {std::pair("AV:N/AC:L/Au:N/C:C/I:C/A:C", Severity::kHigh),
                                         std::pair("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", Severity::kCritical),
                                         std::pair("CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L", Severity::kMedium),
                                         std::pair("CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", Severity::kLow),
                                         std::pair("no vector", Severity::kUnknown)}) {
    const OsvRecord record = parse(
        record_with(R"("versions":["1"],"severity":[{"type":"CVSS_V3","score":")" + std::string(vector) + R"("}])"));
    ASSERT_FALSE(record.advisories[0].ratings.empty()) << vector;
    EXPECT_EQ(record.advisories[0].ratings.front().severity, severity) << vector;
  }
}

TEST(OsvRecord, AnUnreadableBoundGivesANoteAndWhereVersionsAreListedTheListAlone) {
  const std::string range =
      R"("ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"not-a-version!"}]}])";

  const OsvRecord open = parse(record_with(range));
  const OsvRecord listed = parse(record_with(range + R"(,"versions":["1.0","1.1"])"));

  EXPECT_THAT(open.notes, ElementsAre(HasSubstr("not-a-version!")));
  EXPECT_THAT(open.advisories[0].intervals, ElementsAre(Interval{"", "", ""}));
  EXPECT_THAT(listed.advisories[0].intervals, IsEmpty());
  EXPECT_THAT(listed.advisories[0].versions, ElementsAre("1.0", "1.1"));
}

TEST(OsvRecord, AZeroDateIsNoDate) {
  const OsvRecord record = parse(
      record_with(R"("versions":["1"])", R"(,"modified":"0001-01-01T00:00:00Z","published":"0001-01-01T00:00:00Z")"));

  EXPECT_EQ(record.modified, "");
  EXPECT_EQ(record.advisories[0].published, "");
}

TEST(OsvRecord, UnknownEcosystemsAndNoticesGiveNoAdvisory) {
  EXPECT_THAT(parse(R"({"id":"X-1","affected":[{"package":{"ecosystem":"Atari","name":"p"},"versions":["1"]}]})").notes,
              ElementsAre(HasSubstr("Atari")));
  EXPECT_THAT(parse(record_with(R"("versions":["1"],"database_specific":{"informational":"unmaintained"})")).advisories,
              IsEmpty());
  EXPECT_THAT(parse(record_with(R"("versions":["1"],"database_specific":{"informational":"unsound"})")).advisories,
              SizeIs(1));
}

TEST(OsvRecord, TextFromTheFeedIsCutAndEscaped) {
  const OsvRecord record =
      parse(record_with(R"("versions":["1"])", R"(,"summary":"red \u001b[31m)" + std::string(1000, 'x') + "\""));

  EXPECT_LT(record.advisories[0].title.size(), 170U);
  EXPECT_EQ(record.advisories[0].title.find('\x1b'), std::string::npos);
}

struct Refused {
  const char* name;
  std::string json;
  const char* message;
};

TEST(OsvRecord, RefusesWhatIsNoRecord) {
  const Refused rows[] = {
      {"not JSON", "{\n\"id\":\n}", "x.json: line 3"},
      {"an array", "[]", "x.json: not a JSON object"},
      {"empty", "", "x.json"},
      {"no id", R"({"affected":[]})", "no \"id\""},
      {"id of another type", R"({"id":7})", "no \"id\""},
      {"no package name", R"({"id":"A-1","affected":[{"package":{"ecosystem":"npm"},"versions":["1"]}]})",
       "no package name"},
      {"cut off", R"({"id":"A-1","affected":[{"package")", "x.json: line 1"},
  };
  for (const Refused& row : rows) {
    SCOPED_TRACE(row.name);
    try {
      static_cast<void>(parse(row.json));
      ADD_FAILURE() << "was read";
    } catch (const base::ParseError& error) {
      EXPECT_THAT(error.what(), HasSubstr(row.message));
    }
  }
}

TEST(OsvRecord, RefusesWhatIsPastABound) {
  EXPECT_THROW(parse(R"({"id":")" + std::string(200, 'A') +
                     R"(","affected":[{"package":{"ecosystem":"npm","name":"p"},"versions":["1"]}]})"),
               base::LimitExceeded);
  EXPECT_THROW(parse(record_with(R"("ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"1.)" +
                                 std::string(400, '1') + R"("}]}])")),
               base::LimitExceeded);
}

TEST(OsvRecord, ANoticesDayIsThatOfItsFixAndNoOtherRecordTellsOne) {
  const auto fix_date = [](const std::string& id, const std::string& ecosystem) {
    return parse(R"({"id":")" + id + R"(","published":"2024-01-10T00:00:00Z","upstream":["CVE-2024-1"],"affected":[
      {"package":{"ecosystem":")" +
                 ecosystem + R"(","name":"x"},"ranges":[{"type":"ECOSYSTEM","events":[
      {"introduced":"0"},{"fixed":"2"}]}]}]})")
        .advisories.at(0)
        .fix_date;
  };
  for (const auto& [id, ecosystem] :
       {std::pair("ALSA-2024:1", "AlmaLinux:9"), std::pair("RLSA-2024:1", "Rocky Linux:9"),
        std::pair("RHSA-2024:1", "Red Hat:enterprise_linux:9::baseos"), std::pair("DSA-5417-1", "Debian:12"),
        std::pair("USN-7548-1", "Ubuntu:22.04:LTS"),
        std::pair("SUSE-SU-2024:1-1", "SUSE:Linux Enterprise Server 15 SP5")})
    EXPECT_EQ(fix_date(id, ecosystem), "2024-01-10T00:00:00Z") << id;
  for (const auto& [id, ecosystem] :
       {std::pair("GHSA-1", "npm"), std::pair("PYSEC-2024-1", "PyPI"), std::pair("GO-2024-1", "Go"),
        std::pair("DEBIAN-CVE-2024-1", "Debian:12"), std::pair("UBUNTU-CVE-2024-1", "Ubuntu:22.04:LTS")})
    EXPECT_EQ(fix_date(id, ecosystem), "") << id;
}

TEST(OsvRecord, WhoRatesIsToldByItsId) {
  const std::pair<const char*, const char*> rows[] = {{"GHSA-1", "ghsa"},           {"RHSA-2024:1", "redhat"},
                                                      {"SUSE-SU-2024:1-1", "suse"}, {"openSUSE-SU-2024:1-1", "suse"},
                                                      {"ALBA-2024:1", "almalinux"}, {"RLSA-2024:1", "rocky"},
                                                      {"AZL-1", "microsoft"},       {"BIT-node-2024-1", "bitnami"},
                                                      {"CVE-2024-1", "osv"}};
  for (const auto& [id, source] : rows) {
    const OsvRecord record = parse(R"({"id":")" + std::string(id) + R"(","database_specific":{"severity":"High"},
      "aliases":["CVE-2024-9"],"affected":[{"package":{"ecosystem":"PyPI","name":"p"},"versions":["1"]}]})");
    ASSERT_THAT(record.advisories, SizeIs(1)) << id;
    EXPECT_THAT(record.advisories[0].ratings, ElementsAre(Rating{source, Severity::kHigh, ""})) << id;
  }
}

}  // namespace
}  // namespace scanner::advisories

// Red Hat's minor releases that are kept up beside the newest one, with a real record of theirs.
#include "scanner/matching/minor_streams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scanner/matching/deciding_records.h"
#include "scanner/matching/issue_explanation.h"
#include "scanner/matching/matcher.h"
#include "tests/scanner/advisories/database_fixture.h"
#include "tests/support/shared_data.h"

namespace scanner::matching {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(MinorStreams, AreToldByAPackagesOwnVersion) {
  struct Row {
    const char* ecosystem;
    const char* version;
    const char* stream;
  } const rows[] = {
      {"rpm:rhel:9", "7.76.1-14.el9_0.9", "rpm:rhel:9.0"},
      {"rpm:rhel:8", "4.18.0-372.32.1.el8_6", "rpm:rhel:8.6"},
      {"rpm:rhel:8", "1:2.4-1.el8_10.3", "rpm:rhel:8.10"},
      {"rpm:rhel:8", "1:14.21.3-1.module+el8.6.0+18532+edaa5caf", "rpm:rhel:8.6"},
      {"rpm:rhel:7", "3.10.0-957.99.1.el7_6", "rpm:rhel:7.6"},
      {"rpm:rhel:9", "7.76.1-14.el9", ""},
      {"rpm:rhel:9", "7.76.1-14.el9.1", ""},
      {"rpm:rhel:9", "7.76.1-14.el9_", ""},
      {"rpm:rhel:9", "7.76.1-14.el8_6", ""},
      {"rpm:rhel:9", "7.76.1-14.el95_6", ""},
      {"rpm:rhel:9", "7.76.1-14.model9_6", ""},
      {"rpm:rhel:9", "el9_6", ""},
      {"rpm:rhel:9", "", ""},
      {"rpm:almalinux:9", "7.76.1-14.el9_0.9", ""},
      {"rpm:ol:9", "7.76.1-14.el9_0.9", ""},
  };
  for (const Row& row : rows) EXPECT_EQ(minor_stream_of(row.ecosystem, row.version), row.stream) << row.version;
}

TEST(MinorStreams, AReleaseHasOneAfterItsEnd) {
  const std::pair<const char*, const char*> rows[] = {{"rpm:rhel:7", "rpm:rhel:7:els"},
                                                      {"rpm:rhel:6:source", "rpm:rhel:6:els:source"},
                                                      {"rpm:rhel:7:els", ""},
                                                      {"rpm:rhel:9.0", ""},
                                                      {"rpm:rhel:", ""},
                                                      {"rpm:ol:7", ""},
                                                      {"deb:debian:7", ""}};
  for (const auto& [ecosystem, key] : rows) EXPECT_EQ(extended_life_key_of(ecosystem), key) << ecosystem;
}

advisories::Advisory record(const char* id, const char* ecosystem, const char* fixed) {
  advisories::Advisory advisory;
  advisory.id = id;
  advisory.ecosystem = ecosystem;
  advisory.intervals = {{.introduced = "", .fixed = fixed, .last_affected = ""}};
  return advisory;
}

TEST(MinorStreams, OfTwoRecordsOfOneTheLaterFixCounts) {
  const versions::VersionOrder& rpm = *versions::order_for("rpm");
  const std::vector<advisories::Advisory> records = {
      record("CVE-1", "rpm:rhel:8", "1-9.el8_8"), record("CVE-1", "rpm:rhel:8.6", "1-3.el8_6.1"),
      record("CVE-1", "rpm:rhel:8.6", "1-3.el8_6.2"), record("CVE-2", "rpm:rhel:8.6", "1-3.el8_6.1")};
  EXPECT_THAT(decided_as_mended(records, "1-3.el8_6.1", rpm), ElementsAre("CVE-2"));
  EXPECT_THAT(decided_as_mended(records, "1-3.el8_6.2", rpm), UnorderedElementsAre("CVE-1", "CVE-2"));
  EXPECT_THAT(decided_as_mended(records, "1-2.el8_6", rpm), IsEmpty());
}

// CVE-2024-47175 of cups-filters: 7.7 AUS by -26.el7_7.3, 7 ELS by -29.el7_9.3.
TEST(MinorStreams, EachKeyDecidesForItself) {
  const versions::VersionOrder& rpm = *versions::order_for("rpm");
  const std::vector<advisories::Advisory> records = {record("CVE-1", "rpm:rhel:7.7", "1.0.35-26.el7_7.3"),
                                                     record("CVE-1", "rpm:rhel:7:els", "1.0.35-29.el7_9.3"),
                                                     record("CVE-1", "rpm:rhel:7", "")};
  EXPECT_THAT(decided_as_mended(records, "1.0.35-26.el7_7.3", rpm), ElementsAre("CVE-1"));
  EXPECT_THAT(decided_as_mended(records, "1.0.35-29.el7_9.3", rpm), ElementsAre("CVE-1"));
  EXPECT_THAT(decided_as_mended(records, "1.0.35-26.el7_7.2", rpm), IsEmpty());
}

// A number above ELS' says nothing of what was built for 7.7, whose own fix has a higher one.
TEST(MinorStreams, ExtendedLifeDoesNotClearWhatAnEarlierMinorCallsOpen) {
  const versions::VersionOrder& rpm = *versions::order_for("rpm");
  const std::vector<advisories::Advisory> of_77 = {record("CVE-1", "rpm:rhel:7.7", "1.0-30.el7_7.9"),
                                                   record("CVE-1", "rpm:rhel:7:els", "1.0-29.el7_9.3")};
  EXPECT_THAT(decided_as_mended(of_77, "1.0-30.el7_7.2", rpm), IsEmpty());
  EXPECT_THAT(decided_as_mended(of_77, "1.0-30.el7_7.9", rpm), ElementsAre("CVE-1"));
  const std::vector<advisories::Advisory> of_79 = {record("CVE-1", "rpm:rhel:7.9", "1.0-30.el7_9.9"),
                                                   record("CVE-1", "rpm:rhel:7:els", "1.0-29.el7_9.3")};
  EXPECT_THAT(decided_as_mended(of_79, "1.0-30.el7_9.2", rpm), ElementsAre("CVE-1")) << "the last one goes on as ELS";
}

class MinorStreamsTest : public testing::Test {
 protected:
  static Inventory rhel(const std::string& version, const std::string& name = "curl", const std::string& module = "") {
    Package package{.type = "rpm", .name = name, .version = version};
    package.module = module;
    Inventory inventory;
    inventory.distribution.id = "rhel";
    inventory.distribution.version_id = "9.0";
    inventory.packages = {package};
    return inventory;
  }
  // "CVE-1 < fixed" of each that is told.
  std::vector<std::string> issues(const Inventory& inventory) {
    Matcher matcher(fixture.open());
    std::vector<std::string> lines;
    for (const Vulnerability& row : matcher.match(inventory).vulnerabilities)
      lines.push_back(row.id + " < " + row.fixed);
    return lines;
  }

  tests::DatabaseFixture fixture;
};

// CVE-2023-38545: mended in 9.3 by -26.el9_3.2, in 9.2 by -23.el9_2.4 when that was the newest, in 9.0 EUS by
// -14.el9_0.9.
TEST_F(MinorStreamsTest, ARealRecordIsJudgedByTheReleaseThatAPackageWasBuiltFor) {
  REQUIRE_SHARED_DATA(record, "data/corpora/claircore/rhel/vex/testdata/cve-2023-38545.json");
  static_cast<void>(fixture.build({"csaf-vex:" + record.string()}));
  struct Row {
    const char* version;
    const char* told;  // the fix; null: nothing is
  } const rows[] = {
      {"7.76.1-14.el9_0.8", "7.76.1-14.el9_0.9"},  // EUS, before its fix
      {"7.76.1-14.el9_0.9", nullptr},              // EUS, mended
      {"7.76.1-14.el9_0.12", nullptr},             // after it
      {"7.76.1-19.el9_1.2", "7.76.1-26.el9_3.2"},  // a release that nobody keeps up: newer than the fix of 9.0
      {"7.76.1-23.el9_2.1", "7.76.1-23.el9_2.4"},  // 9.2
      {"7.76.1-23.el9_2.4", nullptr},
      {"7.76.1-23.el9", "7.76.1-26.el9_3.2"},  // of no minor release
      {"7.76.1-26.el9", "7.76.1-26.el9_3.2"},
      {"7.76.1-26.el9_3.1", "7.76.1-26.el9_3.2"},
      {"7.76.1-26.el9_3.2", nullptr},
      {"7.76.1-29.el9_4", nullptr},
  };
  for (const Row& row : rows) {
    if (row.told == nullptr) {
      EXPECT_THAT(issues(rhel(row.version)), IsEmpty()) << row.version;
    } else {
      EXPECT_THAT(issues(rhel(row.version)), ElementsAre("CVE-2023-38545 < " + std::string(row.told))) << row.version;
    }
  }
}

TEST_F(MinorStreamsTest, ItIsSaidWhyAnIssueIsNotTold) {
  REQUIRE_SHARED_DATA(record, "data/corpora/claircore/rhel/vex/testdata/cve-2023-38545.json");
  static_cast<void>(fixture.build({"csaf-vex:" + record.string()}));
  const auto verdicts = [&](const char* version) {
    std::vector<std::string> lines;
    for (const RecordExplanation& one : explain_issue(rhel(version), *fixture.open(), "CVE-2023-38545").records)
      lines.push_back(one.ecosystem + " " + std::string(verdict_name(one.verdict)));
    return lines;
  };
  EXPECT_THAT(verdicts("7.76.1-14.el9_0.9"), UnorderedElementsAre("rpm:rhel:9 Silenced", "rpm:rhel:9.0 Outside"));
  EXPECT_THAT(verdicts("7.76.1-14.el9_0.8"), UnorderedElementsAre("rpm:rhel:9 Affected", "rpm:rhel:9.0 Affected"));
  EXPECT_THAT(verdicts("7.76.1-19.el9_1.2"), ElementsAre("rpm:rhel:9 Affected"));
}

std::string osv(const std::string& id, const std::string& stream, const std::string& package,
                const std::string& fixed) {
  return R"({"id":")" + id +
         R"(","upstream":["CVE-2024-1","CVE-2024-2"],"affected":[{"package":{"ecosystem":"Red Hat:)" + stream +
         R"(","name":")" + package + R"("},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":")" +
         fixed + R"("}]}]}]})";
}

TEST_F(MinorStreamsTest, NoticesOfOsvAreJudgedInTheSameWay) {
  fixture.write("osv/main.json", osv("RHSA-1", "enterprise_linux:9::appstream", "curl", "1-9.el9_4"));
  fixture.write("osv/eus.json", osv("RHSA-2", "rhel_eus:9.2::appstream", "curl", "1-3.el9_2.1"));
  fixture.write("osv/aus.json", osv("RHSA-3", "rhel_e4s:9.0::appstream", "curl", "1-1.el9_0.7"));
  static_cast<void>(fixture.build({"osv:osv"}));
  EXPECT_THAT(issues(rhel("1-3.el9_2")), ElementsAre("CVE-2024-1 < 1-3.el9_2.1", "CVE-2024-2 < 1-3.el9_2.1"));
  EXPECT_THAT(issues(rhel("1-3.el9_2.1")), IsEmpty());
  EXPECT_THAT(issues(rhel("1-3.el9_0.7")), IsEmpty());
  EXPECT_THAT(issues(rhel("1-3.el9_1")), ElementsAre("CVE-2024-1 < 1-9.el9_4", "CVE-2024-2 < 1-9.el9_4"));
}

// The newest release may have no fix at all.
TEST_F(MinorStreamsTest, AStreamsFixOfAnotherModuleStreamMendsNothing) {
  fixture.write("osv/main.json",
                osv("RHSA-1", "enterprise_linux:9::appstream", "nodejs", "1:18.20-1.module+el9.4.0+1+a"));
  fixture.write("osv/eus.json", osv("RHSA-2", "rhel_eus:9.2::appstream", "nodejs", "1:16.20-1.module+el9.2.0+1+a"));
  static_cast<void>(fixture.build({"osv:osv"}));
  EXPECT_THAT(issues(rhel("1:16.20-1.module+el9.2.0+1+a", "nodejs", "nodejs:16")), IsEmpty());
  EXPECT_THAT(issues(rhel("1:16.19-1.module+el9.2.0+1+a", "nodejs", "nodejs:16")), testing::SizeIs(2));
  EXPECT_THAT(issues(rhel("1:16.20-1.el9_2", "nodejs")), IsEmpty()) << "no package of a module";
}

// CVE-2024-47175 in the form of the VEX documents: 7 itself gets nothing more, its subscribers did.
std::string cups_filters() {
  const auto product = [](const std::string& id, const std::string& helper) {
    return R"({"product":{"product_id":")" + id + R"(","product_identification_helper":{)" + helper + "}}}";
  };
  const auto package = [&product](const std::string& version) {
    return product("cups-filters-0:" + version + ".x86_64",
                   R"("purl":"pkg:rpm/redhat/cups-filters@)" + version + R"(?arch=x86_64")");
  };
  const auto relation = [](const std::string& release, const std::string& id) {
    return R"({"full_product_name":{"product_id":")" + release + ":" + id + R"("},"product_reference":")" + id +
           R"(","relates_to_product_reference":")" + release + "\"}";
  };
  const std::string aus = "cups-filters-0:1.0.35-26.el7_7.3.x86_64";
  const std::string els = "cups-filters-0:1.0.35-29.el7_9.3.x86_64";
  return R"({"document":{"category":"csaf_vex","tracking":{"id":"CVE-2024-47175","status":"final"}},"product_tree":{"branches":[)" +
         product("rhel_7", R"("cpe":"cpe:/o:redhat:enterprise_linux:7")") + "," +
         product("7Server-7.7.AUS", R"("cpe":"cpe:/o:redhat:rhel_aus:7.7")") + "," +
         product("7Server-ELS", R"("cpe":"cpe:/o:redhat:rhel_els:7")") + "," + package("1.0.35-26.el7_7.3") + "," +
         package("1.0.35-29.el7_9.3") + "," + product("cups-filters", R"("purl":"pkg:rpm/redhat/cups-filters")") +
         R"(],"relationships":[)" + relation("7Server-7.7.AUS", aus) + "," + relation("7Server-ELS", els) + "," +
         relation("rhel_7", "cups-filters") +
         R"(]},"vulnerabilities":[{"cve":"CVE-2024-47175","product_status":{"fixed":["7Server-7.7.AUS:)" + aus +
         R"(","7Server-ELS:)" + els + R"("],"known_affected":["rhel_7:cups-filters"]}}]})";
}

TEST_F(MinorStreamsTest, WhatSubscribersGotAfterTheEndIsMended) {
  fixture.write("vex.json", cups_filters());
  static_cast<void>(fixture.build({"csaf-vex:vex.json"}));
  struct Row {
    const char* version;
    const char* told;  // the fix; null: nothing is
  } const rows[] = {
      {"1.0.35-29.el7", "1.0.35-29.el7_9.3"},      // a plain image, older than what subscribers got
      {"1.0.35-29.el7_9.2", "1.0.35-29.el7_9.3"},  // theirs, before the fix
      {"1.0.35-29.el7_9.3", nullptr},              // theirs, mended
      {"1.0.35-26.el7_7.2", "1.0.35-26.el7_7.3"},  // 7.7, before its own fix
      {"1.0.35-26.el7_7.3", nullptr},              // 7.7, mended
  };
  for (const Row& row : rows) {
    Inventory image = rhel(row.version, "cups-filters");
    image.distribution.version_id = "7.9";
    if (row.told == nullptr) {
      EXPECT_THAT(issues(image), IsEmpty()) << row.version;
    } else {
      EXPECT_THAT(issues(image), ElementsAre("CVE-2024-47175 < " + std::string(row.told))) << row.version;
    }
  }
}

TEST_F(MinorStreamsTest, TheFingerprintKnowsOfThem) {
  fixture.write("osv/main.json", osv("RHSA-1", "enterprise_linux:9::appstream", "curl", "1-9.el9_4"));
  static_cast<void>(fixture.build({"osv:osv"}));
  const std::string before = Matcher(fixture.open()).fingerprint(rhel("1-3.el9_2.1"));
  fixture.write("osv/eus.json", osv("RHSA-2", "rhel_eus:9.2::appstream", "curl", "1-3.el9_2.1"));
  static_cast<void>(fixture.build({"osv:osv"}, 1'800'000'001));
  EXPECT_NE(Matcher(fixture.open()).fingerprint(rhel("1-3.el9_2.1")), before);
}

}  // namespace
}  // namespace scanner::matching

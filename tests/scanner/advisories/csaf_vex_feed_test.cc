#include "scanner/advisories/csaf_vex_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/scanner/advisories/feed_result.h"

namespace scanner::advisories {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using tests::FeedResult;
using Json = nlohmann::json;

constexpr const char* kVector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H";

Json branch(const std::string& id, const char* helper, const std::string& value) {
  return {{"category", "product_version"},
          {"product", {{"product_id", id}, {"product_identification_helper", {{helper, value}}}}}};
}

Json relation(const std::string& release, const std::string& package) {
  return {{"full_product_name", {{"product_id", release + ":" + package}}},
          {"product_reference", package},
          {"relates_to_product_reference", release}};
}

// curl in RHEL 9 and 8, mended, affected or not as a test says.
Json document() {
  Json products = Json::array();
  Json relations = Json::array();
  const std::pair<const char*, const char*> packages[] = {
      {"curl-0:7.76.1-26.el9_3.2.x86_64", "pkg:rpm/redhat/curl@7.76.1-26.el9_3.2?arch=x86_64"},
      {"curl-0:7.76.1-26.el9_3.2.s390x", "pkg:rpm/redhat/curl@7.76.1-26.el9_3.2?arch=s390x"},
      {"curl-0:7.76.1-26.el9_3.2.src", "pkg:rpm/redhat/curl@7.76.1-26.el9_3.2?arch=src"},
      {"node-1:18.1-1.module.x86_64", "pkg:rpm/redhat/nodejs@18.1-1.module?arch=x86_64&epoch=1&rpmmod=nodejs:18:9:c"},
      {"curl", "pkg:rpm/redhat/curl"},
      {"image", "pkg:oci/curl@sha256%3Aabc"}};
  for (const auto& [id, purl] : packages) products.push_back(branch(id, "purl", purl));
  for (const char* release : {"AppStream-9.3.0.Z.MAIN", "red_hat_enterprise_linux_8", "jbcs"}) {
    for (const auto& [id, purl] : packages) relations.push_back(relation(release, id));
  }
  const Json releases = {branch("AppStream-9.3.0.Z.MAIN", "cpe", "cpe:/a:redhat:enterprise_linux:9::appstream"),
                         branch("red_hat_enterprise_linux_8", "cpe", "cpe:/o:redhat:enterprise_linux:8"),
                         branch("jbcs", "cpe", "cpe:/a:redhat:jboss_core_services:1::el8")};
  products.push_back({{"category", "vendor"}, {"branches", releases}});
  return {{"document",
           {{"category", "csaf_vex"},
            {"aggregate_severity", {{"text", "Moderate"}}},
            {"tracking",
             {{"id", "CVE-2023-38545"},
              {"status", "final"},
              {"initial_release_date", "2023-10-11T06:00:00+00:00"},
              {"current_release_date", "2025-05-28T01:21:44+00:00"}}}}},
          {"product_tree", {{"branches", products}, {"relationships", relations}}},
          {"vulnerabilities",
           {{{"cve", "CVE-2023-38545"},
             {"title", "curl: heap based buffer overflow"},
             {"product_status", Json::object()}}}}};
}

class CsafVexFeedTest : public tests::FeedFileTest {
 protected:
  CsafVexFeedTest() : FeedFileTest("csaf-vex", "vex.json") {}
  [[nodiscard]] FeedResult read(const Json& document) const { return FeedFileTest::read(document.dump()); }
};

TEST_F(CsafVexFeedTest, AFixIsToldOnceForAllArchitecturesWithTheVendorsWords) {
  Json text = document();
  const std::string product = "AppStream-9.3.0.Z.MAIN:curl-0:7.76.1-26.el9_3.2.x86_64";
  Json& issue = text["vulnerabilities"][0];
  issue["product_status"]["fixed"] = {"AppStream-9.3.0.Z.MAIN:curl-0:7.76.1-26.el9_3.2.s390x",
                                      "AppStream-9.3.0.Z.MAIN:curl-0:7.76.1-26.el9_3.2.src",
                                      product,
                                      "jbcs:curl-0:7.76.1-26.el9_3.2.x86_64",
                                      "AppStream-9.3.0.Z.MAIN:image",
                                      "unknown"};
  issue["threats"] = {{{"category", "impact"},
                       {"details", "Important"},
                       {"product_ids", {"AppStream-9.3.0.Z.MAIN:curl-0:7.76.1-26.el9_3.2.s390x"}}}};
  issue["scores"] = {{{"cvss_v3", {{"vectorString", kVector}}},
                      {"products", {"AppStream-9.3.0.Z.MAIN:curl-0:7.76.1-26.el9_3.2.s390x"}}}};
  issue["remediations"] = {{{"category", "vendor_fix"},
                            {"date", "2023-12-07T13:53:38+00:00"},
                            {"url", "https://example.com/errata/RHSA-2023:6745"},
                            {"product_ids", {"AppStream-9.3.0.Z.MAIN:curl-0:7.76.1-26.el9_3.2.s390x"}}}};

  const FeedResult feed = read(text);

  ASSERT_THAT(feed.advisories, SizeIs(1)) << "other products than the distribution's packages are left out";
  const Advisory& fixed = feed.advisories[0];
  EXPECT_EQ(fixed.id, "CVE-2023-38545");
  EXPECT_THAT(fixed.aliases, ElementsAre("RHSA-2023:6745"));
  EXPECT_EQ(fixed.ecosystem, "rpm:rhel:9");
  EXPECT_EQ(fixed.package, "curl");
  EXPECT_THAT(fixed.intervals, ElementsAre(Interval{"", "7.76.1-26.el9_3.2", ""}));
  EXPECT_THAT(fixed.ratings,
              ElementsAre(Rating{"redhat", Severity::kHigh, ""}, Rating{"redhat", Severity::kHigh, kVector}));
  EXPECT_EQ(fixed.title, "curl: heap based buffer overflow");
  EXPECT_EQ(fixed.url, "https://example.com/errata/RHSA-2023:6745");
  EXPECT_EQ(fixed.fix_date, "2023-12-07T13:53:38Z");
  EXPECT_EQ(fixed.published, "2023-10-11T06:00:00Z");
  EXPECT_THAT(feed.ecosystems, ElementsAre("rpm:rhel:9"));
  EXPECT_EQ(feed.summary.newest, "2025-05-28T01:21:44+00:00");
}

TEST_F(CsafVexFeedTest, VectorsOfAllVersionsAreKeptBesideTheWord) {
  constexpr const char* kVersion4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
  Json text = document();
  const std::string product = "red_hat_enterprise_linux_8:curl";
  Json& issue = text["vulnerabilities"][0];
  issue["product_status"]["known_affected"] = {product};
  issue["scores"] = {{{"cvss_v2", {{"vectorString", "AV:N/AC:L/Au:N/C:P/I:P/A:P"}}},
                      {"cvss_v3", {{"vectorString", kVector}}},
                      {"products", {product, "another"}}},
                     {{"cvss_v4", {{"vectorString", kVersion4}}}, {"products", {product}}},
                     {{"cvss_v4", {{"vectorString", std::string(300, 'x')}}}, {"products", {product}}}};

  EXPECT_THAT(read(text).advisories.at(0).ratings,
              ElementsAre(Rating{"redhat", Severity::kMedium, ""}, Rating{"redhat", Severity::kHigh, kVector},
                          Rating{"redhat", Severity::kHigh, "AV:N/AC:L/Au:N/C:P/I:P/A:P"},
                          Rating{"redhat", Severity::kCritical, kVersion4}));

  for (int i = 0; i < 200; ++i) issue["scores"].push_back(issue["scores"][0]);
  EXPECT_THAT(read(text).advisories.at(0).ratings, SizeIs(4)) << "however often it is told";
}

TEST_F(CsafVexFeedTest, AffectedHasNoFixAndNotAffectedKeepsItsReason) {
  Json text = document();
  Json& issue = text["vulnerabilities"][0];
  issue["product_status"]["known_affected"] = {"red_hat_enterprise_linux_8:curl"};
  issue["product_status"]["known_not_affected"] = {"AppStream-9.3.0.Z.MAIN:curl"};
  issue["flags"] = {{{"label", "vulnerable_code_not_present"}, {"product_ids", {"AppStream-9.3.0.Z.MAIN:curl"}}}};

  const FeedResult feed = read(text);

  ASSERT_THAT(feed.advisories, SizeIs(2));
  EXPECT_EQ(feed.advisories[0].ecosystem, "rpm:rhel:8");
  EXPECT_THAT(feed.advisories[0].intervals, ElementsAre(Interval{"", "", ""}));
  EXPECT_THAT(feed.advisories[0].ratings, ElementsAre(Rating{"redhat", Severity::kMedium, ""}))
      << "the word on the whole issue";
  EXPECT_EQ(feed.advisories[1].status, Status::kNotAffected);
  EXPECT_EQ(feed.advisories[1].justification, "vulnerable_code_not_present");
  EXPECT_THAT(feed.advisories[1].intervals, IsEmpty());
}

TEST_F(CsafVexFeedTest, WhatIsAffectedAnywhereInAReleaseIsNotCleared) {
  Json text = document();
  Json& issue = text["vulnerabilities"][0];
  issue["product_status"]["fixed"] = {"AppStream-9.3.0.Z.MAIN:curl-0:7.76.1-26.el9_3.2.x86_64"};
  issue["product_status"]["known_not_affected"] = {"AppStream-9.3.0.Z.MAIN:curl"};
  const FeedResult feed = read(text);
  ASSERT_THAT(feed.advisories, SizeIs(1));
  EXPECT_EQ(feed.advisories[0].status, Status::kAffected);
}

TEST_F(CsafVexFeedTest, AModulesStreamAndEpochAreKept) {
  Json text = document();
  text["vulnerabilities"][0]["product_status"]["fixed"] = {"AppStream-9.3.0.Z.MAIN:node-1:18.1-1.module.x86_64"};
  const FeedResult feed = read(text);
  ASSERT_THAT(feed.advisories, SizeIs(1));
  EXPECT_EQ(feed.advisories[0].package, "nodejs");
  EXPECT_EQ(feed.advisories[0].module, "nodejs:18");
  EXPECT_THAT(feed.advisories[0].intervals, ElementsAre(Interval{"", "1:18.1-1.module", ""}));
}

// Releases in the product ids and CPEs that the documents have.
TEST_F(CsafVexFeedTest, AReleaseThatIsKeptUpHasAKeyOfItsOwn) {
  const std::string package = "curl-0:7.76.1-26.el9_3.2.x86_64";
  struct Row {
    const char* id;
    const char* cpe;
    std::vector<std::string> ecosystems;
  } const rows[] = {
      {"AppStream-9.0.0.Z.EUS", "cpe:/a:redhat:rhel_eus:9.0::appstream", {"rpm:rhel:9.0"}},
      {"AppStream-9.2.0.Z.MAIN.EUS", "cpe:/a:redhat:enterprise_linux:9::appstream", {"rpm:rhel:9", "rpm:rhel:9.2"}},
      {"BaseOS-8.10.0.Z.MAIN.EUS", "cpe:/o:redhat:enterprise_linux:8::baseos", {"rpm:rhel:8", "rpm:rhel:8.10"}},
      {"AppStream-8.6.0.Z.MAIN.EUS", "cpe:/a:redhat:enterprise_linux:9::appstream", {"rpm:rhel:9"}},
      {"AppStream-Z.MAIN.EUS", "cpe:/a:redhat:enterprise_linux:9::appstream", {"rpm:rhel:9"}},
      {"AppStream-9.2.0.Z.MAIN.EUS", "cpe:/a:redhat:satellite:6::el9", {}},
      {"BaseOS-10.0.Z", "cpe:/o:redhat:enterprise_linux:10.0", {"rpm:rhel:10", "rpm:rhel:10.0"}},
      {"7Server-ELS", "cpe:/o:redhat:rhel_els:7", {"rpm:rhel:7:els"}},
      {"7Server-RHSCL-3.8", "cpe:/a:redhat:rhel_software_collections:3::el7", {"rpm:rhel:7"}},
  };
  for (const Row& row : rows) {
    Json text = document();
    text["product_tree"]["branches"].push_back(branch(row.id, "cpe", row.cpe));
    text["product_tree"]["relationships"].push_back(relation(row.id, package));
    text["vulnerabilities"][0]["product_status"]["fixed"] = {row.id + (":" + package)};
    const FeedResult feed = read(text);
    std::vector<std::string> ecosystems;
    for (const Advisory& advisory : feed.advisories) {
      ecosystems.push_back(advisory.ecosystem);
      EXPECT_THAT(advisory.intervals, ElementsAre(Interval{"", "7.76.1-26.el9_3.2", ""}));
    }
    EXPECT_EQ(ecosystems, row.ecosystems) << row.id;
  }
}

Json component(const std::string& id) {
  return {{"category", "product_version"}, {"product", {{"product_id", id}}}};
}

// As in CVE-2023-0049, where vim has no purl.
TEST_F(CsafVexFeedTest, AComponentThatHasNoMoreThanItsNameIsASource) {
  struct Row {
    const char* id;
    const char* package;  // null: none that an rpm can have
    const char* module;
  } const rows[] = {{"vim", "vim", ""},
                    {"container-tools:rhel8/podman", "podman", "container-tools:rhel8"},
                    {"rhel9/toolbox", nullptr, nullptr},
                    {"two words", nullptr, nullptr}};
  for (const Row& row : rows) {
    Json text = document();
    text["product_tree"]["branches"].push_back(component(row.id));
    text["product_tree"]["relationships"] = {relation("red_hat_enterprise_linux_8", row.id)};
    text["vulnerabilities"][0]["product_status"]["known_affected"] = {"red_hat_enterprise_linux_8:" +
                                                                      std::string(row.id)};
    const FeedResult feed = read(text);
    if (row.package == nullptr) {
      EXPECT_THAT(feed.advisories, IsEmpty()) << row.id;
      continue;
    }
    ASSERT_THAT(feed.advisories, SizeIs(1)) << row.id;
    EXPECT_EQ(feed.advisories[0].ecosystem, "rpm:rhel:8:source");
    EXPECT_EQ(feed.advisories[0].package, row.package);
    EXPECT_EQ(feed.advisories[0].module, row.module);
    EXPECT_THAT(feed.advisories[0].intervals, ElementsAre(Interval{"", "", ""}));
  }
}

TEST_F(CsafVexFeedTest, ASourceIsToldWhereItsBinariesAreNot) {
  Json text = document();
  text["product_tree"]["branches"].push_back(branch("curl.src", "purl", "pkg:rpm/redhat/curl?arch=src"));
  text["product_tree"]["branches"].push_back(branch(
      "go-toolset:rhel8/go-toolset", "purl", "pkg:rpm/redhat/go-toolset@rhel8?arch=src&rpmmod=go-toolset:rhel8"));
  text["product_tree"]["branches"].push_back(
      branch("red_hat_enterprise_linux_7", "cpe", "cpe:/o:redhat:enterprise_linux:7"));
  text["product_tree"]["branches"].push_back(branch("edk2.src", "purl", "pkg:rpm/redhat/edk2?arch=src"));
  for (const char* release : {"red_hat_enterprise_linux_7", "red_hat_enterprise_linux_8"})
    text["product_tree"]["relationships"].push_back(relation(release, "curl.src"));
  text["product_tree"]["relationships"].push_back(relation("red_hat_enterprise_linux_8", "edk2.src"));
  text["product_tree"]["relationships"].push_back(
      relation("red_hat_enterprise_linux_7", "go-toolset:rhel8/go-toolset"));
  text["vulnerabilities"][0]["product_status"]["known_affected"] = {
      "red_hat_enterprise_linux_7:curl.src", "red_hat_enterprise_linux_7:go-toolset:rhel8/go-toolset",
      "red_hat_enterprise_linux_8:curl.src", "red_hat_enterprise_linux_8:curl", "red_hat_enterprise_linux_8:edk2.src"};

  std::vector<std::string> told;
  for (const Advisory& advisory : read(text).advisories) told.push_back(advisory.ecosystem + " " + advisory.package);

  EXPECT_THAT(told, ElementsAre("rpm:rhel:7:source curl", "rpm:rhel:7:source go-toolset", "rpm:rhel:8 curl",
                                "rpm:rhel:8:source edk2"));
}

TEST_F(CsafVexFeedTest, WhyThereIsNoFixIsKeptInTheVendorsWords) {
  const std::pair<Json, const char*> rows[] = {
      {{{"category", "no_fix_planned"}, {"details", "Will not fix"}}, "Will not fix"},
      {{{"category", "none_available"}, {"details", "Fix deferred"}}, "Fix deferred"},
      {{{"category", "none_available"}, {"details", "Affected"}}, ""},
      {{{"category", "workaround"}, {"details", "Do not run it."}}, ""}};
  for (const auto& [remediation, word] : rows) {
    Json text = document();
    Json& issue = text["vulnerabilities"][0];
    issue["product_status"]["known_affected"] = {"red_hat_enterprise_linux_8:curl"};
    issue["remediations"] = {remediation};
    issue["remediations"][0]["product_ids"] = {"red_hat_enterprise_linux_8:curl"};
    const FeedResult feed = read(text);
    ASSERT_THAT(feed.advisories, SizeIs(1));
    EXPECT_EQ(feed.advisories[0].justification, word);
  }
}

TEST_F(CsafVexFeedTest, ADocumentThatWasTakenBackSaysNothing) {
  const FeedResult feed = read(Json::parse(R"({"document":{"tracking":{"id":"CVE-2023-0031","status":"deleted"}}})"));
  EXPECT_THAT(feed.advisories, IsEmpty());
  EXPECT_EQ(feed.summary.records, 1U);
}

TEST_F(CsafVexFeedTest, OtherDocumentsAreRefused) {
  Json advisory = document();
  advisory["document"]["category"] = "csaf_security_advisory";
  Json deep = document();
  Json nested = {{"category", "x"}};
  for (int i = 0; i < 40; ++i) nested = {{"branches", {nested}}};
  deep["product_tree"]["branches"] = {nested};
  const std::pair<std::string, const char*> rows[] = {{"{}", "not a CSAF document"},
                                                      {"[]", "vex.json"},
                                                      {advisory.dump(), "category csaf_vex"},
                                                      {deep.dump(), "nested deeper"}};
  for (const auto& [text, message] : rows) {
    EXPECT_THAT(error_of(text), HasSubstr(message));
  }
}

}  // namespace
}  // namespace scanner::advisories

// What Ubuntu tells its subscribers of, in records of the form that Ubuntu publishes.
#include "scanner/matching/ubuntu_pro.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scanner/matching/issue_explanation.h"
#include "scanner/matching/matcher.h"
#include "tests/scanner/advisories/database_fixture.h"

namespace scanner::matching {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// One entry of `affected`; an empty fix is none.
std::string entry(const std::string& ecosystem, const std::string& package, const std::string& fixed) {
  return R"({"package":{"ecosystem":")" + ecosystem + R"(","name":")" + package +
         R"("},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"})" +
         (fixed.empty() ? "" : R"(,{"fixed":")" + fixed + R"("})") + "]}]}";
}

class UbuntuProTest : public testing::Test {
 protected:
  void advise(const std::string& cve, const std::vector<std::string>& entries) {
    std::string affected;
    for (const std::string& one : entries) affected += (affected.empty() ? "" : ",") + one;
    fixture_.write("osv/" + cve + ".json",
                   R"({"id":"UBUNTU-)" + cve + R"(","upstream":[")" + cve + R"("],"affected":[)" + affected + "]}");
  }
  static Inventory image(const std::string& version) {
    Inventory inventory;
    inventory.distribution.id = "ubuntu";
    inventory.distribution.version_id = "22.04";
    inventory.packages = {{.type = "deb", .name = "libvips42", .version = version, .source = "vips"}};
    return inventory;
  }
  // "CVE-1 < fixed" of each that is told.
  std::vector<std::string> issues(const std::string& version) {
    static_cast<void>(fixture_.build({"osv:osv"}));
    const MatchResult result = Matcher(fixture_.open()).match(image(version));
    EXPECT_THAT(result.warnings, IsEmpty());
    std::vector<std::string> lines;
    for (const Vulnerability& row : result.vulnerabilities) lines.push_back(row.id + " < " + row.fixed);
    return lines;
  }

  tests::DatabaseFixture fixture_;
};

constexpr const char* kPlain = "Ubuntu:22.04:LTS";
constexpr const char* kPro = "Ubuntu:Pro:22.04:LTS";

TEST_F(UbuntuProTest, WhatOnlySubscribersAreToldOfIsTold) {
  advise("CVE-1", {entry(kPro, "vips", "8.12.1-1ubuntu0.1~esm1")});

  EXPECT_THAT(issues("8.12.1-1"), ElementsAre("CVE-1 < 8.12.1-1ubuntu0.1~esm1"));
  EXPECT_THAT(issues("8.12.1-1ubuntu0.1~esm1"), IsEmpty());
}

TEST_F(UbuntuProTest, AFixForSubscribersIsTheFixWhereThereIsNoOther) {
  advise("CVE-1", {entry(kPlain, "vips", ""), entry(kPro, "vips", "8.12.1-1ubuntu0.1~esm1")});

  EXPECT_THAT(issues("8.12.1-1"), ElementsAre("CVE-1 < 8.12.1-1ubuntu0.1~esm1"));
  EXPECT_THAT(issues("8.12.1-1ubuntu0.1~esm1"), IsEmpty()) << "a subscriber's package is judged by what they are told";
  EXPECT_THAT(issues("8.12.1-1ubuntu0.1~esm0"), ElementsAre("CVE-1 < 8.12.1-1ubuntu0.1~esm1"));
}

TEST_F(UbuntuProTest, APlainPackageIsJudgedByThePlainFix) {
  advise("CVE-1", {entry(kPlain, "vips", "8.12.1-1ubuntu0.2"), entry(kPro, "vips", "8.12.1-1ubuntu0.2+esm1")});

  EXPECT_THAT(issues("8.12.1-1ubuntu0.2"), IsEmpty());
  EXPECT_THAT(issues("8.12.1-1ubuntu0.1"), ElementsAre("CVE-1 < 8.12.1-1ubuntu0.2"));
  EXPECT_THAT(issues("8.12.1-1ubuntu0.2+esm0"), ElementsAre("CVE-1 < 8.12.1-1ubuntu0.2+esm1"));
}

TEST_F(UbuntuProTest, WhatSubscribersAreNotToldOfIsJudgedByThePlainRecord) {
  advise("CVE-1", {entry(kPlain, "vips", "8.13-1")});
  advise("CVE-2", {entry(kPro, "vips", "8.12.1-1ubuntu0.1~esm1")});

  EXPECT_THAT(issues("8.12.1-1ubuntu0.1~esm1"), ElementsAre("CVE-1 < 8.13-1"));
}

TEST_F(UbuntuProTest, WhyAnIssueIsNotToldIsSaid) {
  advise("CVE-1", {entry(kPlain, "vips", ""), entry(kPro, "vips", "8.12.1-1ubuntu0.1~esm1")});
  static_cast<void>(fixture_.build({"osv:osv"}));

  std::vector<std::string> lines;
  for (const RecordExplanation& one : explain_issue(image("8.12.1-1ubuntu0.1~esm1"), *fixture_.open(), "CVE-1").records)
    lines.push_back(one.ecosystem + " " + std::string(verdict_name(one.verdict)));

  EXPECT_THAT(lines, UnorderedElementsAre("deb:ubuntu:22.04 Silenced", "deb:ubuntu:22.04:pro Outside"));
}

TEST(UbuntuPro, HasAKeyBesideEachRelease) {
  EXPECT_EQ(pro_key_of("deb:ubuntu:22.04"), "deb:ubuntu:22.04:pro");
  for (const char* key : {"deb:ubuntu:22.04:binary", "deb:debian:12", "rpm:rhel:9", "npm", ""})
    EXPECT_EQ(pro_key_of(key), "") << key;
  EXPECT_TRUE(is_pro_version("1.0.1f-1ubuntu2.27+esm10"));
  EXPECT_FALSE(is_pro_version("1.0-1ubuntu2"));
}

}  // namespace
}  // namespace scanner::matching

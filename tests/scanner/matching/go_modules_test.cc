#include "scanner/matching/go_modules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scanner/matching/matcher.h"
#include "tests/scanner/advisories/database_fixture.h"

namespace scanner::matching {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(PathWithoutMajor, IsThatOfAModuleThatHasOne) {
  EXPECT_EQ(path_without_major("github.com/prometheus/prometheus/v2"), "github.com/prometheus/prometheus");
  EXPECT_EQ(path_without_major("example.com/a/v10"), "example.com/a");
  for (const char* module :
       {"", "/v2", "github.com/a/b", "github.com/a/v", "github.com/a/v2x", "github.com/v2/b", "gopkg.in/yaml.v3"})
    EXPECT_EQ(path_without_major(module), "") << module;
}

class GoModulesTest : public testing::Test {
 protected:
  // `events` of one range of the module.
  void advise(const std::string& id, const std::string& module, const std::string& events,
              const std::string& more = "") {
    fixture_.write("osv/" + id + ".json", R"({"id":")" + id + "\"," + more +
                                              R"("affected":[{"package":{"ecosystem":"Go","name":")" + module +
                                              R"("},"ranges":[{"type":"SEMVER","events":[)" + events + "]}]}]}");
  }
  std::vector<std::string> issues(const std::string& module, const std::string& version) {
    static_cast<void>(fixture_.build({"osv:osv"}));
    Inventory inventory;
    inventory.packages = {{.type = "golang", .name = module, .version = version}};
    std::vector<std::string> ids;
    for (const Vulnerability& row : Matcher(fixture_.open()).match(inventory).vulnerabilities) ids.push_back(row.id);
    return ids;
  }

  tests::DatabaseFixture fixture_;
};

constexpr const char* kPlain = "github.com/oauth2-proxy/oauth2-proxy";
constexpr const char* kSeven = "github.com/oauth2-proxy/oauth2-proxy/v7";
constexpr const char* kBefore = R"({"introduced":"0"},{"fixed":"7.3.0"})";

TEST_F(GoModulesTest, ARecordWithoutTheMajorVersionInThePathIsAboutItsVersions) {
  advise("GHSA-1", kPlain, kBefore);
  EXPECT_THAT(issues(kSeven, "v7.2.1"), ElementsAre("GHSA-1"));
  EXPECT_THAT(issues(kSeven, "v7.3.0"), IsEmpty());
}

TEST_F(GoModulesTest, EveryVersionOfAPathIsNoneOfAnother) {
  advise("GHSA-1", kPlain, R"({"introduced":"0"})");
  advise("GHSA-2", kPlain, R"({"introduced":"1.2.0"})");
  advise("GHSA-3", kPlain, R"({"introduced":"7.1.0"})");
  EXPECT_THAT(issues(kSeven, "v7.2.1"), ElementsAre("GHSA-3"));
}

TEST_F(GoModulesTest, WhatGosDatabaseTellsIsLeftToIt) {
  advise("GHSA-1", kPlain, kBefore);
  advise("GO-1", kPlain, R"({"introduced":"0"},{"fixed":"3.0.0+incompatible"})", R"("aliases":["GHSA-1"],)");
  EXPECT_THAT(issues(kSeven, "v7.2.1"), IsEmpty()) << "it would name the module";
  advise("GO-2", kPlain, kBefore);
  EXPECT_THAT(issues(kSeven, "v7.2.1"), IsEmpty());
}

TEST_F(GoModulesTest, WhatTheModulesOwnRecordTellsIsLeftToIt) {
  advise("GHSA-1", kPlain, kBefore);
  advise("GHSA-2", kSeven, R"({"introduced":"7.0.0"},{"fixed":"7.1.0"})", R"("aliases":["GHSA-1"],)");
  EXPECT_THAT(issues(kSeven, "v7.2.1"), IsEmpty());
}

}  // namespace
}  // namespace scanner::matching

#include "operator/reconcilers/discovery_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pratique_operator::reconcilers {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

const base::SystemTime kNow = *base::parse_rfc3339("2026-01-31T08:00:00Z");

crds::Discovery discovery_of(std::vector<std::string> repositories, const std::string& interval = "") {
  crds::Discovery discovery;
  discovery.repositories = std::move(repositories);
  discovery.interval = interval;
  return discovery;
}

TEST(DiscoveryRules, WalkOnceAnHourUnlessToldOtherwise) {
  EXPECT_EQ(interval_of(discovery_of({})), hours(1));
  EXPECT_EQ(interval_of(discovery_of({}, "10m")), minutes(10));
  EXPECT_EQ(interval_of(discovery_of({}, "1s")), minutes(1)) << "a registry is not asked without end";
  EXPECT_EQ(interval_of(discovery_of({}, "soon")), hours(1));
}

TEST(DiscoveryRules, NeedNoCatalogueWhereRepositoriesAreNamed) {
  const crds::Discovery named = discovery_of({"library/nginx", "shop/web"});
  EXPECT_FALSE(needs_catalogue(named));
  EXPECT_THAT(named_repositories(named), ElementsAre("library/nginx", "shop/web"));

  const crds::Discovery globs = discovery_of({"shop/*", "bank/api", "Not A Name"});
  EXPECT_TRUE(needs_catalogue(globs));
  EXPECT_THAT(named_repositories(globs), ElementsAre("bank/api"));
  EXPECT_TRUE(wants_repository(globs, "shop/web"));
  EXPECT_FALSE(wants_repository(globs, "bank/web"));

  EXPECT_TRUE(needs_catalogue(discovery_of({})));
  EXPECT_TRUE(wants_repository(discovery_of({}), "anything"));
}

TEST(DiscoveryRules, IncludeAndExcludeTags) {
  crds::DiscoveryTags tags;
  const std::vector<std::string> names = {"1.0", "1.1-rc1", "latest", "dev", "sha256-" + std::string(64, 'a') + ".sig"};
  EXPECT_THAT(matching_tags(tags, names), ElementsAre("1.0", "1.1-rc1", "latest", "dev"));
  tags.include = {"1.*", "latest"};
  EXPECT_THAT(matching_tags(tags, names), ElementsAre("1.0", "1.1-rc1", "latest"));
  tags.exclude = {"*-rc?"};
  EXPECT_THAT(matching_tags(tags, names), ElementsAre("1.0", "latest"));
}

TEST(DiscoveryRules, KeepTheNewestThatAreNotTooOld) {
  const std::vector<DatedTag> dated = {{"old", kNow - hours(24 * 40)},
                                       {"new", kNow - hours(1)},
                                       {"unknown", std::nullopt},
                                       {"middle", kNow - hours(24 * 5)}};
  crds::DiscoveryTags tags;
  EXPECT_FALSE(needs_dates(tags));
  EXPECT_THAT(recent_tags(tags, dated, kNow), ElementsAre("unknown", "new", "middle", "old"));
  tags.max_age = "30d";
  EXPECT_TRUE(needs_dates(tags));
  EXPECT_THAT(recent_tags(tags, dated, kNow), ElementsAre("unknown", "new", "middle"));
  tags.newest = 2;
  EXPECT_THAT(recent_tags(tags, dated, kNow), ElementsAre("unknown", "new"));
  tags.max_age.clear();
  EXPECT_TRUE(needs_dates(tags));
  EXPECT_THAT(recent_tags(tags, {}, kNow), IsEmpty());
}

}  // namespace
}  // namespace pratique_operator::reconcilers

// How often policies denied.
#include "admission/denials.h"

#include <gtest/gtest.h>

#include "tests/admission/reviews.h"

namespace admission {
namespace {

using std::chrono::hours;
using testing::kNow;

const PolicyKey kDefault{.ns = {}, .name = "default"};
const PolicyKey kShop{.ns = "shop", .name = "web"};

TEST(DenialCounts, CountsEachPolicyOfTheLastDay) {
  DenialCounts counts;
  counts.add(kDefault, kNow);
  counts.add(kDefault, kNow + hours(1));
  counts.add(kShop, kNow + hours(1));

  EXPECT_EQ(counts.counts(kNow + hours(2)),
            (std::map<PolicyKey, DenialCounts::Count>{{kDefault, {2, kNow + hours(1), {}}},
                                                      {kShop, {1, kNow + hours(1), {}}}}));
}

TEST(DenialCounts, ForgetsByTheHourWhatIsOlderThanADay) {
  DenialCounts counts;
  counts.add(kDefault, kNow);
  counts.add(kDefault, kNow + hours(5));

  EXPECT_EQ(counts.counts(kNow + hours(23))[kDefault].last_24h, 2);
  EXPECT_EQ(counts.counts(kNow + hours(24))[kDefault].last_24h, 1);
  EXPECT_EQ(counts.counts(kNow + hours(48))[kDefault], (DenialCounts::Count{0, kNow + hours(5), {}}));
}

crds::GlassUse use_at(const std::string& time) {
  return {.time = time, .user = "eve", .object = "shop/pods/web", .why = "INC-7", .decision_id = "d"};
}

TEST(DenialCounts, KeepsTheLastUsesOfBreakGlass) {
  DenialCounts counts;
  for (int i = 10; i < 30; ++i) counts.add(kShop, use_at("2026-06-01T10:00:" + std::to_string(i) + "Z"));

  const DenialCounts::Count count = counts.counts(kNow)[kShop];

  EXPECT_EQ(count.last_24h, 0);
  EXPECT_FALSE(count.last);
  ASSERT_EQ(count.broken_glass.size(), kGlassUsesMax);
  EXPECT_EQ(count.broken_glass.front().time, "2026-06-01T10:00:29Z");
  EXPECT_EQ(count.broken_glass.back().time, "2026-06-01T10:00:20Z");
}

TEST(PolicyKey, IsReadFromATitle) {
  EXPECT_EQ(policy_key("ClusterScanPolicy/default", "shop"), kDefault);
  EXPECT_EQ(policy_key("ScanPolicy/web", "shop"), kShop);
}

crds::ReplicaDenials entry(const std::string& name, const std::string& last) {
  return {.name = name, .denied_last_24h = 1, .last_denied = last};
}

TEST(WithEntry, PutsOnesOwnInAndLeavesWhoIsGone) {
  const std::vector<crds::ReplicaDenials> entries{entry("one", "2026-06-01T09:00:00Z"),
                                                  entry("two", "2026-06-01T11:00:00Z"),
                                                  entry("gone", "2026-05-31T11:59:59Z"), entry("odd", "")};

  EXPECT_EQ(with_entry(entries, entry("one", "2026-06-01T12:00:00Z"), kNow),
            (std::vector{entry("one", "2026-06-01T12:00:00Z"), entry("two", "2026-06-01T11:00:00Z")}));
}

TEST(WithEntry, BrokenGlassIsRememberedForThirtyDays) {
  crds::ReplicaDenials lately = entry("lately", "");
  lately.broken_glass = {use_at("2026-05-03T12:00:00Z")};
  crds::ReplicaDenials long_ago = entry("long-ago", "");
  long_ago.broken_glass = {use_at("2026-05-02T12:00:00Z")};
  const crds::ReplicaDenials own = entry("own", "2026-06-01T12:00:00Z");

  EXPECT_EQ(with_entry({long_ago, lately}, own, kNow), (std::vector{own, lately}));
}

TEST(WithEntry, KeepsWhatTheStatusHolds) {
  std::vector<crds::ReplicaDenials> entries;
  for (int i = 10; i < 40; ++i)
    entries.push_back(entry("r" + std::to_string(i), "2026-06-01T10:00:" + std::to_string(i) + "Z"));

  const auto kept = with_entry(entries, entry("own", "2026-06-01T01:00:00Z"), kNow);

  ASSERT_EQ(kept.size(), 16U);
  EXPECT_EQ(kept.front().name, "own");
  EXPECT_EQ(kept[1].name, "r39");
  EXPECT_EQ(kept.back().name, "r25");
}

}  // namespace
}  // namespace admission

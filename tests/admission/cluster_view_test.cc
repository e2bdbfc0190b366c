#include "admission/cluster_view.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/admission/reviews.h"

namespace admission {
namespace {

using nlohmann::json;
using testing::deny_high;
using testing::FedView;
using testing::kAmd64;
using testing::namespace_object;
using testing::node_object;
using testing::policy_object;
using testing::report_object;

TEST(ClusterView, IsSyncedWhenEveryKindIsListed) {
  ClusterView view;
  const std::vector<ClusterView::Watched> watched = view.watched();
  EXPECT_EQ(view.unsynced().size(), watched.size());
  for (const ClusterView::Watched& one : watched) {
    EXPECT_FALSE(view.synced()) << one.type.kind;
    one.on_event({.type = kubernetes::ObjectEventType::kInit, .object = {}});
    one.on_event({.type = kubernetes::ObjectEventType::kInitDone, .object = {}});
  }
  EXPECT_TRUE(view.synced());
  watched.front().on_event({.type = kubernetes::ObjectEventType::kInit, .object = {}});
  EXPECT_TRUE(view.synced()) << "a new list replaces what is known only when it is complete";
}

TEST(ClusterView, AListCountsWhenItIsComplete) {
  ClusterView view;
  for (const ClusterView::Watched& one : view.watched()) {
    if (one.type.kind != "ClusterScanPolicy") continue;
    json policy = policy_object(deny_high());
    policy["metadata"]["resourceVersion"] = "1";
    one.on_event({.type = kubernetes::ObjectEventType::kInit, .object = {}});
    one.on_event({.type = kubernetes::ObjectEventType::kInitApply, .object = policy});
    EXPECT_TRUE(view.rules()->policies.empty());
    one.on_event({.type = kubernetes::ObjectEventType::kInitDone, .object = {}});
  }
  EXPECT_EQ(view.rules()->policies.size(), 1U);
}

TEST(ClusterView, RulesAreSnapshots) {
  FedView fed;
  fed.list_nothing();
  fed.apply(policy_object(deny_high()));
  const auto before = fed.view().rules();
  fed.apply(policy_object(deny_high(), "second", "shop"));
  EXPECT_EQ(before->policies.size(), 1U);
  EXPECT_EQ(fed.view().rules()->policies.size(), 2U);
  fed.remove(policy_object(deny_high(), "second", "shop"));
  EXPECT_EQ(fed.view().rules()->policies.size(), 1U);
}

TEST(ClusterView, APolicyThatBecomesUnreadableIsKeptAsUnreadable) {
  FedView fed;
  fed.list_nothing();
  fed.apply(policy_object(deny_high()));
  fed.apply(policy_object({{"mode", 7}}));
  EXPECT_TRUE(fed.view().rules()->policies.empty());
  ASSERT_EQ(fed.view().rules()->unreadable.size(), 1U);
  EXPECT_EQ(fed.view().rules()->unreadable.front().title, "ClusterScanPolicy/default");
  fed.apply(policy_object(deny_high()));
  EXPECT_TRUE(fed.view().rules()->unreadable.empty());
}

TEST(ClusterView, NodePlatformsSayWhenTheFirstNodeCame) {
  FedView fed;
  fed.list_nothing();
  fed.apply(node_object("late", "amd64", "2026-02-01T00:00:00Z"));
  fed.apply(node_object("early", "amd64", "2026-01-01T00:00:00Z"));
  fed.apply(node_object("other", "arm64", "2026-03-01T00:00:00Z"));
  fed.apply({{"kind", "Node"}, {"metadata", {{"name", "silent"}}}});
  EXPECT_EQ(*fed.view().node_platforms(),
            (NodePlatforms{{"linux/amd64", base::parse_rfc3339("2026-01-01T00:00:00Z")},
                           {"linux/arm64", base::parse_rfc3339("2026-03-01T00:00:00Z")}}));
}

TEST(ClusterView, TellsTheDatabasesAge) {
  FedView fed;
  fed.list_nothing();
  EXPECT_EQ(fed.view().database_built_at(), std::nullopt);
  fed.apply({{"kind", "VulnerabilityDatabase"},
             {"metadata", {{"name", "default"}}},
             {"status", {{"activeGeneration", 12}, {"builtAt", "2026-05-31T00:00:00Z"}}}});
  EXPECT_EQ(fed.view().database_built_at(), base::parse_rfc3339("2026-05-31T00:00:00Z"));
  EXPECT_EQ(fed.view().database_generation(), 12);
}

TEST(ClusterView, IsReadWhileItIsWritten) {
  FedView fed;
  fed.list_nothing();
  fed.apply(namespace_object("shop"));
  fed.apply(testing::scan_object({}));
  std::atomic<bool> done = false;
  std::jthread reader([&] {
    while (!done) {
      (void)judge(testing::review_of({}), fed.view(), testing::kNow);
    }
  });
  for (int i = 0; i < 300; ++i) {
    fed.apply(report_object(kAmd64, {testing::row("CVE-" + std::to_string(i % 7), crds::Severity::kHigh)}));
    fed.apply(policy_object(deny_high(), "p" + std::to_string(i % 3)));
    fed.apply(testing::scan_object({.resolved_at = i % 2 == 0 ? "2026-06-01T11:59:00Z" : "2026-06-01T11:58:00Z"}));
  }
  done = true;
  reader.join();
  EXPECT_FALSE(judge(testing::review_of({}), fed.view(), testing::kNow).answer.allowed);
}

TEST(ClusterView, IsStalePastItsBound) {
  ClusterView view({.age_max = std::chrono::seconds(600)});
  EXPECT_EQ(view.stale_for(), std::nullopt);
  view.set_age(std::chrono::seconds(600));
  EXPECT_EQ(view.stale_for(), std::nullopt);
  view.set_age(std::chrono::seconds(601));
  EXPECT_EQ(view.stale_for(), std::chrono::seconds(601));
  view.set_age(std::chrono::seconds(1));
  EXPECT_EQ(view.stale_for(), std::nullopt) << "heard again";
}

}  // namespace
}  // namespace admission

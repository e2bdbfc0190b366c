// When an answer is held back for a scan, for how long, and what it is when the time is up.
#include <gtest/gtest.h>

#include "tests/policy/policy_builders.h"

namespace policy {
namespace {

using crds::Severity;
using crds::Verdict;
using nlohmann::json;
using std::chrono::seconds;
using testing::deny_high;
using testing::finding;
using testing::kNow;
using testing::policy_of;
using testing::Scene;

json waits(int how_long, const std::string& then) {
  return {{"mode", "Deny"}, {"unscanned", {{"action", "Wait"}, {"waitSeconds", how_long}, {"then", then}}}};
}

struct UnscannedScene : Scene {
  UnscannedScene() { image().manifests.clear(); }
};

TEST(Wait, IsWhatAnUnscannedImageGetsByDefault) {
  UnscannedScene scene;
  const Decision decision = scene.with(policy_of({{"mode", "Deny"}})).decide();
  ASSERT_TRUE(decision.wait);
  EXPECT_EQ(decision.wait->at_most, seconds(5));
  EXPECT_EQ(decision.wait->images, std::vector<std::size_t>{0});
  EXPECT_EQ(decision.verdict, Verdict::kDeny) << "once the time is up";
}

TEST(Wait, EndsWithWhatThenSays) {
  for (const auto& [then, expected] :
       {std::pair("Allow", Verdict::kAllow), std::pair("Warn", Verdict::kWarn), std::pair("Deny", Verdict::kDeny)}) {
    UnscannedScene scene;
    const Decision decision = scene.with(policy_of(waits(3, then))).decide();
    ASSERT_TRUE(decision.wait) << then;
    EXPECT_EQ(decision.wait->at_most, seconds(3)) << then;
    EXPECT_EQ(decision.verdict, expected) << then;
  }
}

TEST(Wait, NamesTheImagesThatItIsFor) {
  UnscannedScene scene;
  scene.add_image("registry:5000/api:1", {});
  scene.add_image("registry:5000/db:1", {}).manifests.clear();
  const Decision decision = scene.with(policy_of({{"mode", "Deny"}})).decide();
  ASSERT_TRUE(decision.wait);
  EXPECT_EQ(decision.wait->images, (std::vector<std::size_t>{0, 2}));
}

TEST(Wait, OfSeveralPoliciesEndsWithTheFirstThatDenies) {
  struct Row {
    const char* what;
    std::vector<json> policies;
    int expected;
  };
  for (const Row& row : {Row{"the sooner denial", {waits(2, "Deny"), waits(7, "Deny")}, 2},
                         Row{"a warning does not end it", {waits(2, "Warn"), waits(7, "Deny")}, 7},
                         Row{"nor does a later admission put it off", {waits(2, "Deny"), waits(7, "Allow")}, 2},
                         Row{"the longest where nobody denies", {waits(2, "Warn"), waits(7, "Allow")}, 7}}) {
    UnscannedScene scene;
    for (const json& policy : row.policies) scene.with(policy_of(policy));
    const Decision decision = scene.decide();
    ASSERT_TRUE(decision.wait) << row.what;
    EXPECT_EQ(decision.wait->at_most, seconds(row.expected)) << row.what;
  }
}

TEST(Wait, IsNotForWhatNoScanChanges) {
  struct Row {
    const char* what;
    void (*change)(Scene& scene);
    json policy;
  };
  const json deny = {{"mode", "Deny"}};
  for (const Row& row : {
           Row{"a scanned image", [](Scene& s) { s.image().manifests = {&s.manifest()}; }, deny},
           Row{"a policy that only warns", [](Scene&) {}, {{"mode", "Warn"}}},
           Row{"a policy that only counts", [](Scene&) {}, {{"mode", "Audit"}}},
           Row{"a policy that does not wait", [](Scene&) {}, {{"mode", "Deny"}, {"unscanned", {{"action", "Deny"}}}}},
           Row{"a controller, which is only warned about",
               [](Scene& s) { s.question.subject.kind = SubjectKind::kController; }, deny},
           Row{"a scan that has failed", [](Scene& s) { s.image().hope = ScanHope::kFailed; }, deny},
           Row{"an old database",
               [](Scene& s) { s.image().manifests = {&s.manifest()}; },
               {{"mode", "Deny"}, {"maxDatabaseAge", "30m"}}},
           Row{"what is no reference", [](Scene& s) { s.image().reference.reset(); }, deny},
       }) {
    UnscannedScene scene;
    row.change(scene);
    EXPECT_FALSE(scene.with(policy_of(row.policy)).decide().wait) << row.what;
  }
}

TEST(Wait, IsForAnOldTagOrScanToo) {
  Scene old_tag;
  old_tag.image().tag_resolved_at = kNow - std::chrono::hours(1);
  EXPECT_TRUE(old_tag.with(policy_of({{"mode", "Deny"}})).decide().wait);
  Scene old_scan;
  EXPECT_TRUE(old_scan.with(policy_of({{"mode", "Deny"}, {"maxScanAge", "1h"}})).decide().wait);
}

TEST(Wait, IsNotForWhatIsDeniedAnyway) {
  UnscannedScene scene;
  scene.add_image("registry:5000/api:1", {finding("CVE-1", Severity::kCritical)});
  scene.with(policy_of({{"mode", "Deny"}}, "waits")).with(policy_of(deny_high(), "denies"));
  EXPECT_FALSE(scene.decide().wait);
  EXPECT_EQ(scene.verdict(), Verdict::kDeny);
}

}  // namespace
}  // namespace policy

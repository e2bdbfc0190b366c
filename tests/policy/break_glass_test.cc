#include "policy/break_glass.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/message.h"
#include "tests/policy/policy_builders.h"

namespace policy {
namespace {

using crds::Severity;
using crds::Verdict;
using nlohmann::json;
using testing::deny_high;
using testing::finding;
using ::testing::HasSubstr;
using testing::policy_of;
using testing::Scene;

const std::string kAnnotation = "shop.example/emergency";
const std::string kReplicaSets = "system:serviceaccount:kube-system:replicaset-controller";

json with_glass(json spec = deny_high()) {
  spec["breakGlass"] = {{"annotation", kAnnotation}, {"groups", {"oncall", "admins"}}};
  return spec;
}

// A pod with a finding that the policy denies.
struct DeniedScene : Scene {
  explicit DeniedScene(const json& policy = with_glass()) : Scene({finding("CVE-1", Severity::kCritical)}) {
    with(policy_of(policy));
  }
};

TEST(BreakGlass, TurnsADenialIntoAWarningAndSaysWhy) {
  DeniedScene scene;
  EXPECT_EQ(scene.verdict(), Verdict::kDeny);
  scene.question.subject.annotations = {{kAnnotation, "INC-7"}};
  const Decision decision = scene.decide();
  EXPECT_EQ(decision.verdict, Verdict::kWarn);
  EXPECT_EQ(decision.reasons.front().broken_glass, "INC-7");
  ASSERT_EQ(decision.broken_glass.size(), 1U);
  EXPECT_EQ(decision.broken_glass[0].policy, "ClusterScanPolicy/default");
  EXPECT_EQ(decision.broken_glass[0].policy_generation, decision.reasons.front().policy_generation);
  EXPECT_EQ(decision.broken_glass[0].annotation, kAnnotation);
  EXPECT_EQ(decision.broken_glass[0].why, "INC-7");
}

TEST(BreakGlass, NeedsAReason) {
  DeniedScene scene;
  scene.question.subject.annotations = {{kAnnotation, ""}, {"other.example/emergency", "INC-7"}};
  EXPECT_EQ(scene.verdict(), Verdict::kDeny);
}

TEST(BreakGlass, OpensItsOwnPolicyAlone) {
  DeniedScene scene;
  scene.with(policy_of(deny_high(), "strict", "shop"));
  scene.question.subject.annotations = {{kAnnotation, "INC-7"}};
  const Decision decision = scene.decide();
  EXPECT_EQ(decision.verdict, Verdict::kDeny);
  EXPECT_EQ(denying_policies(decision), std::vector<std::string>{"ScanPolicy/strict"});
}

TEST(BreakGlass, IsNotBrokenWhereNothingIsDenied) {
  Scene scene;
  scene.with(policy_of(with_glass()));
  scene.question.subject.annotations = {{kAnnotation, "INC-7"}};
  EXPECT_EQ(scene.verdict(), Verdict::kAllow);
  EXPECT_TRUE(scene.decide().broken_glass.empty());
}

TEST(BreakGlass, WaitsForNothing) {
  Scene scene;
  scene.image().manifests.clear();
  scene.with(policy_of(with_glass({{"mode", "Deny"}})));
  EXPECT_TRUE(scene.decide().wait);
  scene.question.subject.annotations = {{kAnnotation, "INC-7"}};
  EXPECT_FALSE(scene.decide().wait);
  EXPECT_EQ(scene.verdict(), Verdict::kWarn);
}

TEST(BreakGlass, OnlyMembersChangeTheAnnotation) {
  using Before = std::optional<Annotations>;
  const Annotations set{{kAnnotation, "INC-7"}};
  struct Row {
    const char* what;
    std::string user;
    std::vector<std::string> groups;
    Before before;
    Annotations now;
    bool allowed;
  };
  for (const Row& row : {
           Row{"a new object without it", "bob", {}, Before{}, {}, true},
           Row{"set by nobody special", "bob", {"devs"}, Before{}, set, false},
           Row{"set by a member", "eve", {"devs", "oncall"}, Before{}, set, true},
           Row{"set on what is there", "bob", {}, Annotations{}, set, false},
           Row{"set by a member on what is there", "eve", {"admins"}, Annotations{}, set, true},
           Row{"left as it is", "bob", {}, set, set, true},
           Row{"given another reason", "bob", {}, Annotations{{kAnnotation, "INC-6"}}, set, false},
           Row{"taken away", "bob", {}, set, {}, false},
           Row{"taken away by a member", "eve", {"oncall"}, set, {}, true},
           Row{"set without a reason", "bob", {}, Before{}, {{kAnnotation, ""}}, false},
           Row{"inherited from a template", kReplicaSets, {}, Before{}, set, true},
           Row{"a controller changes what is there", kReplicaSets, {}, Annotations{}, set, false},
           Row{"an account with a controller's name elsewhere",
               "system:serviceaccount:shop:replicaset-controller",
               {},
               Before{},
               set,
               false},
           Row{"another annotation", "bob", {}, Before{}, {{"other.example/x", "y"}}, true},
       }) {
    Scene scene;
    scene.with(policy_of(with_glass()));
    scene.question.images.clear();
    scene.question.subject.annotations = row.now;
    scene.question.request = Request{.user = row.user, .groups = row.groups, .annotations_before = row.before};
    const Decision decision = scene.decide();
    EXPECT_EQ(decision.verdict, row.allowed ? Verdict::kAllow : Verdict::kDeny) << row.what;
    if (row.allowed) continue;
    EXPECT_EQ(decision.reasons.front().cause, Cause::kBreakGlass) << row.what;
    EXPECT_THAT(denial_message(decision, scene.question), HasSubstr("annotation " + kAnnotation)) << row.what;
  }
}

TEST(BreakGlass, AForbiddenAnnotationDoesNotOpenItself) {
  DeniedScene scene;
  scene.question.subject.annotations = {{kAnnotation, "INC-7"}};
  scene.question.request = Request{.user = "bob", .groups = {}, .annotations_before = {}};
  EXPECT_EQ(scene.verdict(), Verdict::kDeny);
}

TEST(BreakGlass, IsGuardedInAuditToo) {
  json spec = with_glass();
  spec["mode"] = "Audit";
  Scene scene;
  scene.with(policy_of(spec));
  scene.question.subject.annotations = {{kAnnotation, "later"}};
  scene.question.request = Request{.user = "bob", .groups = {}, .annotations_before = {}};
  EXPECT_EQ(scene.verdict(), Verdict::kDeny);
}

TEST(BreakGlass, IsNobodysBusinessWithoutAPolicyThatHasIt) {
  const Subject subject{.ns = "shop", .namespace_labels = {}, .labels = {}, .annotations = {{kAnnotation, "INC-7"}}};
  const Policy plain = compile(policy_of(deny_high()));
  EXPECT_EQ(reason_to_break(plain, subject), std::nullopt);
  EXPECT_EQ(forbidden_change(plain, subject, {.user = "bob", .groups = {}, .annotations_before = {}}), "");
}

TEST(BreakGlass, AReplayAsksForNothing) {
  DeniedScene scene;
  scene.question.subject.annotations = {{kAnnotation, "INC-7"}};
  EXPECT_FALSE(scene.question.request);
  EXPECT_EQ(scene.verdict(), Verdict::kWarn);
}

}  // namespace
}  // namespace policy

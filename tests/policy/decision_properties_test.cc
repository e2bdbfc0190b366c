// What must hold for every decision, tried on thousands of random questions and rule books.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <random>

#include "policy/explanation.h"
#include "policy/message.h"
#include "tests/policy/policy_builders.h"

namespace policy {
namespace {

using crds::Severity;
using crds::Verdict;
using nlohmann::json;
using testing::accepts;
using testing::exception_of;
using testing::finding;
using testing::kNow;
using testing::policy_of;
using testing::Scene;

// Draws from small sets, so that things meet.
class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  int below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random_); }
  bool chance(int percent) { return below(100) < percent; }
  template <typename T>
  T one_of(std::vector<T> values) {
    return values[static_cast<std::size_t>(below(static_cast<int>(values.size())))];
  }
  template <typename T>
  T& any(std::deque<T>& values) {
    return values[static_cast<std::size_t>(below(static_cast<int>(values.size())))];
  }
  std::string id() { return "CVE-" + std::to_string(below(6)); }
  std::mt19937& engine() { return random_; }

 private:
  std::mt19937 random_;
};

FindingFacts random_finding(Dice& dice) {
  FindingFacts facts = finding(dice.id(), static_cast<Severity>(dice.below(5)), dice.chance(50) ? "2.0" : "");
  if (dice.chance(30)) facts.aliases = {dice.id()};
  facts.exploited = dice.chance(20);
  if (dice.chance(30)) facts.epss = dice.below(10) / 10.0;
  if (dice.chance(40)) facts.ratings = {{"nvd", static_cast<Severity>(dice.below(5)), dice.below(100) / 10.0}};
  if (dice.chance(50)) facts.published = kNow - std::chrono::hours(24 * dice.below(20));
  return facts;
}

json random_rule(Dice& dice, int number) {
  json rule{{"name", "r" + std::to_string(number)}};
  if (dice.chance(80)) rule["severityAtLeast"] = dice.one_of<std::string>({"Low", "Medium", "High", "Critical"});
  if (dice.chance(50)) rule["unknownSeverityAs"] = dice.one_of<std::string>({"Low", "High"});
  if (dice.chance(30)) rule["fixable"] = "Only";
  if (dice.chance(15)) rule["exploited"] = "Only";
  if (dice.chance(15)) rule["epssAtLeast"] = 0.3;
  if (dice.chance(15)) rule["ids"] = {dice.id(), dice.id()};
  if (dice.chance(20)) rule["maxCount"] = dice.below(3);
  if (dice.chance(15)) rule["cvssAtLeast"] = dice.one_of<double>({4.0, 7.5, 9.8});
  if (dice.chance(15)) rule["packages"] = {dice.one_of<std::string>({"pkg:deb/*", "pkg:npm/*"})};
  if (dice.chance(20)) rule["severitySources"] = {dice.one_of<std::string>({"nvd", "debian"})};
  if (dice.chance(20)) rule["grace"] = {{"sincePublished", "7d"}};
  if (dice.chance(20)) rule["grace"]["sinceFirstSeen"] = "3d";
  if (dice.chance(20)) rule["mode"] = dice.one_of<std::string>({"Audit", "Warn", "Deny"});
  return rule;
}

crds::ScanPolicy random_policy(Dice& dice, int number) {
  json spec{{"mode", dice.one_of<std::string>({"Audit", "Warn", "Deny", "Deny"})}};
  for (int i = 0; i <= dice.below(3); ++i) spec["rules"].push_back(random_rule(dice, i));
  if (dice.chance(30)) spec["incomplete"] = dice.one_of<std::string>({"Allow", "Warn", "Deny"});
  if (dice.chance(30)) spec["unscanned"] = {{"action", dice.one_of<std::string>({"Allow", "Warn", "Deny", "Wait"})}};
  if (dice.chance(10)) spec["requireDigest"] = true;
  if (dice.chance(10)) spec["minCoverage"] = 80;
  if (dice.chance(20)) spec["ratchet"] = true;
  if (dice.chance(20)) spec["continuity"] = {{"window", "5d"}};
  if (dice.chance(15)) spec["breakGlass"] = {{"annotation", "x.example/glass"}, {"groups", {"oncall"}}};
  if (dice.chance(20)) spec["match"]["images"] = {"registry:5000/web*"};
  if (dice.chance(20)) spec["exceptions"] = {{"namespaced", "Forbid"}};
  if (dice.chance(20)) spec["exceptions"]["maxDuration"] = "10d";
  const bool namespaced = dice.chance(40);
  return policy_of(spec, "p" + std::to_string(number), namespaced ? "shop" : "");
}

std::shared_ptr<const crds::FindingException> random_exception(Dice& dice) {
  json more = json::object();
  if (dice.chance(20)) more["expiresAt"] = "2026-01-01T00:00:00Z";
  if (dice.chance(20)) more["expiresWhen"] = {{"fixAvailable", true}};
  if (dice.chance(20)) more["match"] = {{"images", {"registry:5000/web*"}}};
  return exception_of(accepts(dice.id(), more), dice.chance(60) ? "shop" : "");
}

void fill(Scene& scene, Dice& dice) {
  scene.question.images.clear();
  for (int i = 0; i <= dice.below(3); ++i) {
    std::vector<FindingFacts> findings;
    for (int j = 0; j < dice.below(6); ++j) findings.push_back(random_finding(dice));
    ImageFacts& image =
        scene.add_image((dice.chance(50) ? "registry:5000/web:" : "registry:5000/api:") + std::to_string(i), findings);
    scene.manifests.back().complete = dice.chance(80);
    if (dice.chance(80)) scene.manifests.back().coverage = dice.one_of<int>({50, 80, 100});
    if (dice.chance(15)) image.manifests.clear();
    if (dice.chance(15)) image.tag_resolved_at = kNow - std::chrono::hours(1);
    if (dice.chance(40)) image.places = {{.container = "c", .runs_now = {&dice.any(scene.manifests)}}};
    if (dice.chance(40)) image.ran_since = kNow - std::chrono::hours(24 * dice.below(20));
    if (dice.chance(10)) image.reference.reset();
  }
  if (dice.chance(20)) scene.question.subject.annotations = {{"x.example/glass", "INC-7"}};
  if (dice.chance(20)) scene.question.subject.kind = SubjectKind::kController;
  if (dice.chance(50)) {
    scene.question.first_seen = [](const FindingFacts& facts) -> std::optional<base::SystemTime> {
      return kNow - std::chrono::hours(24 * static_cast<int>(facts.id.back() - '0'));
    };
  }
  for (int i = 0; i < dice.below(4); ++i) scene.with(random_policy(dice, i));
  for (int i = 0; i < dice.below(4); ++i) scene.with(random_exception(dice));
}

constexpr unsigned kRounds = 1000;

TEST(DecisionProperties, TheRandomCasesAreOfEveryKind) {
  std::map<Verdict, int> seen;
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    Dice dice(seed);
    Scene scene;
    fill(scene, dice);
    ++seen[scene.verdict()];
  }
  for (const Verdict verdict : {Verdict::kAllow, Verdict::kWarn, Verdict::kDeny}) EXPECT_GT(seen[verdict], 30);
}

TEST(DecisionProperties, AddingAPolicyNeverAdmitsMore) {
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    Dice dice(seed);
    Scene scene;
    fill(scene, dice);
    const Verdict before = scene.verdict();
    scene.with(random_policy(dice, 99));
    EXPECT_GE(scene.verdict(), before) << "seed " << seed;
  }
}

TEST(DecisionProperties, AnExceptionOnlyEverRemovesFindings) {
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    Dice dice(seed);
    Scene scene;
    fill(scene, dice);
    const Verdict before = scene.verdict();
    scene.with(random_exception(dice));
    EXPECT_LE(scene.verdict(), before) << "seed " << seed;
  }
}

TEST(DecisionProperties, AFindingNeverAdmitsMore) {
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    Dice dice(seed);
    Scene scene;
    fill(scene, dice);
    const Verdict before = scene.verdict();
    scene.manifests.back().findings.push_back(&scene.findings.emplace_back(random_finding(dice)));
    EXPECT_GE(scene.verdict(), before) << "seed " << seed;
  }
}

TEST(DecisionProperties, OrderNeverMatters) {
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    Dice dice(seed);
    Scene scene;
    fill(scene, dice);
    const Decision before = scene.decide();
    std::shuffle(scene.book.policies.begin(), scene.book.policies.end(), dice.engine());
    std::shuffle(scene.exceptions.begin(), scene.exceptions.end(), dice.engine());
    scene.book.exceptions = ExceptionIndex(scene.exceptions);
    for (ManifestFacts& manifest : scene.manifests) {
      std::shuffle(manifest.findings.begin(), manifest.findings.end(), dice.engine());
    }
    const Decision after = scene.decide();
    ASSERT_EQ(after.verdict, before.verdict) << "seed " << seed;
    ASSERT_EQ(after.reasons.size(), before.reasons.size()) << "seed " << seed;
    for (std::size_t i = 0; i < after.reasons.size(); ++i) {
      EXPECT_EQ(after.reasons[i].policy, before.reasons[i].policy) << "seed " << seed;
      EXPECT_EQ(after.reasons[i].rule, before.reasons[i].rule) << "seed " << seed;
      EXPECT_EQ(after.reasons[i].findings.size(), before.reasons[i].findings.size()) << "seed " << seed;
    }
  }
}

TEST(DecisionProperties, ANamespacedPolicyNeverAdmitsMore) {
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    Dice dice(seed);
    Scene scene;
    fill(scene, dice);
    const Verdict before = scene.verdict();
    crds::ScanPolicy own = random_policy(dice, 99);
    own.metadata.ns = "shop";
    scene.with(own);
    EXPECT_GE(scene.verdict(), before) << "seed " << seed;
  }
}

TEST(DecisionProperties, WhatIsDeniedIsExplained) {
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    Dice dice(seed);
    Scene scene;
    fill(scene, dice);
    const Decision decision = scene.decide();
    const std::string message = denial_message(decision, scene.question);
    EXPECT_EQ(decision.verdict == Verdict::kDeny, !message.empty()) << "seed " << seed;
    for (const std::string& policy : denying_policies(decision)) {
      EXPECT_NE(explain(scene.book, scene.question, decision).find(policy), std::string::npos) << "seed " << seed;
    }
  }
}

TEST(DecisionProperties, WaitingEndsAndIsForWhatMayBeDenied) {
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    Dice dice(seed);
    Scene scene;
    fill(scene, dice);
    const Decision decision = scene.decide();
    if (!decision.wait) continue;
    EXPECT_GE(decision.wait->at_most.count(), 1) << "seed " << seed;
    EXPECT_LE(decision.wait->at_most.count(), 8) << "seed " << seed;
    EXPECT_FALSE(decision.wait->images.empty()) << "seed " << seed;
  }
}

TEST(DecisionProperties, ASetOfImagesIsJudgedAsItsStrictest) {
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    Dice dice(seed);
    Scene scene;
    fill(scene, dice);
    const Verdict together = scene.verdict();
    Verdict strictest = Verdict::kAllow;
    const std::vector<ImageFacts> images = scene.question.images;
    for (const ImageFacts& image : images) {
      scene.question.images = {image};
      strictest = std::max(strictest, scene.verdict());
    }
    EXPECT_EQ(together, strictest) << "seed " << seed;
  }
}

}  // namespace
}  // namespace policy

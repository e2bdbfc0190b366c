#include "policy/decision.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/policy/policy_builders.h"

namespace policy {
namespace {

using crds::Severity;
using crds::Verdict;
using nlohmann::json;
using testing::deny_high;
using testing::finding;
using testing::kNow;
using testing::policy_of;
using testing::Scene;

json with(json spec, const json& more) {
  spec.update(more);
  return spec;
}

TEST(Decide, WithoutAPolicyEverythingPasses) {
  const Scene scene({finding("CVE-1", Severity::kCritical)});
  const Decision decision = scene.decide();
  EXPECT_EQ(decision.verdict, Verdict::kAllow);
  EXPECT_TRUE(decision.policies.empty());
}

TEST(Decide, NamesThePolicyTheRuleAndTheFindingsWorstFirst) {
  Scene scene(
      {finding("CVE-3", Severity::kHigh), finding("CVE-1", Severity::kLow), finding("CVE-2", Severity::kCritical)});
  const Decision decision = scene.with(policy_of(deny_high())).decide();
  ASSERT_EQ(decision.reasons.size(), 1U);
  const Reason& reason = decision.reasons.front();
  EXPECT_EQ(reason.verdict, Verdict::kDeny);
  EXPECT_EQ(reason.cause, Cause::kFindings);
  EXPECT_EQ(reason.policy, "ClusterScanPolicy/default");
  EXPECT_EQ(reason.rule, "high");
  ASSERT_EQ(reason.findings.size(), 2U);
  EXPECT_EQ(reason.findings[0]->id, "CVE-2");
  EXPECT_EQ(reason.findings[1]->id, "CVE-3");
}

TEST(Decide, AnImageWithoutFindingsPasses) {
  Scene scene;
  const Decision decision = scene.with(policy_of(deny_high())).decide();
  EXPECT_EQ(decision.verdict, Verdict::kAllow);
  EXPECT_EQ(decision.policies, std::vector<std::string>{"ClusterScanPolicy/default"});
}

TEST(Decide, ModesOfPolicyRuleAndControllers) {
  struct Row {
    const char* name;
    json spec;
    SubjectKind kind;
    Verdict expected;
  };
  const json rule_audits{{"rules", {{{"name", "high"}, {"severityAtLeast", "High"}, {"mode", "Audit"}}}}};
  const json rule_denies{{"mode", "Audit"},
                         {"rules", {{{"name", "high"}, {"severityAtLeast", "High"}, {"mode", "Deny"}}}}};
  for (const Row& row : {
           Row{"deny", deny_high(), SubjectKind::kPod, Verdict::kDeny},
           Row{"warn", with(deny_high(), {{"mode", "Warn"}}), SubjectKind::kPod, Verdict::kWarn},
           Row{"audit", with(deny_high(), {{"mode", "Audit"}}), SubjectKind::kPod, Verdict::kAllow},
           Row{"a rule's own mode, milder", with(deny_high(), rule_audits), SubjectKind::kPod, Verdict::kAllow},
           Row{"a rule's own mode, stricter", with(deny_high(), rule_denies), SubjectKind::kPod, Verdict::kDeny},
           Row{"controllers are warned by default", deny_high(), SubjectKind::kController, Verdict::kWarn},
           Row{"controllers denied", with(deny_high(), {{"controllersMode", "Deny"}}), SubjectKind::kController,
               Verdict::kDeny},
           Row{"controllers audited", with(deny_high(), {{"controllersMode", "Audit"}}), SubjectKind::kController,
               Verdict::kAllow},
           Row{"controllers never more strictly than pods",
               with(deny_high(), {{"mode", "Audit"}, {"controllersMode", "Deny"}}), SubjectKind::kController,
               Verdict::kAllow},
       }) {
    Scene scene({finding("CVE-1", Severity::kHigh)});
    scene.question.subject.kind = row.kind;
    EXPECT_EQ(scene.with(policy_of(row.spec)).verdict(), row.expected) << row.name;
  }
}

TEST(Decide, WhatAuditWouldDenyIsTold) {
  Scene scene({finding("CVE-1", Severity::kHigh)});
  const Decision decision = scene.with(policy_of(with(deny_high(), {{"mode", "Audit"}}))).decide();
  EXPECT_TRUE(decision.reasons.empty());
  ASSERT_EQ(decision.audited.size(), 1U);
  EXPECT_EQ(decision.audited.front().wanted, Verdict::kDeny);
}

TEST(Decide, ARulesOwnModeIsWhatItWouldDoWhateverThePolicysIs) {
  for (const auto& [mode, wanted] : {std::pair("Audit", Verdict::kAllow), std::pair("Warn", Verdict::kWarn)}) {
    Scene scene({finding("CVE-1", Severity::kHigh)});
    const json rules{{"rules", {{{"name", "high"}, {"severityAtLeast", "High"}, {"mode", mode}}}}};
    const Decision decision = scene.with(policy_of(with(deny_high(), rules))).decide();
    const Reason& reason = decision.reasons.empty() ? decision.audited.at(0) : decision.reasons.at(0);
    EXPECT_EQ(reason.wanted, wanted) << mode;
    EXPECT_EQ(reason.verdict, wanted) << mode;
  }
}

TEST(Decide, MaxCountLetsSoManyThrough) {
  const auto verdict = [](int max_count) {
    Scene scene({finding("CVE-1", Severity::kHigh), finding("CVE-2", Severity::kHigh)});
    return scene
        .with(policy_of(
            {{"mode", "Deny"}, {"rules", {{{"name", "h"}, {"severityAtLeast", "High"}, {"maxCount", max_count}}}}}))
        .verdict();
  };
  EXPECT_EQ(verdict(1), Verdict::kDeny);
  EXPECT_EQ(verdict(2), Verdict::kAllow);
}

TEST(Decide, UnscannedAsThePolicySays) {
  struct Row {
    json unscanned;
    Verdict expected;
  };
  for (const Row& row : {Row{{{"action", "Deny"}}, Verdict::kDeny}, Row{{{"action", "Warn"}}, Verdict::kWarn},
                         Row{{{"action", "Allow"}}, Verdict::kAllow}, Row{{{"action", "Wait"}}, Verdict::kDeny},
                         Row{{{"action", "Wait"}, {"then", "Warn"}}, Verdict::kWarn}}) {
    Scene scene;
    scene.image().manifests.clear();
    EXPECT_EQ(scene.with(policy_of({{"mode", "Deny"}, {"unscanned", row.unscanned}})).verdict(), row.expected)
        << row.unscanned;
  }
}

TEST(Decide, ManyThingsMakeAnImageUnscanned) {
  struct Row {
    const char* name;
    void (*change)(Scene&);
    json policy;
  };
  for (const Row& row : {
           Row{"no report", [](Scene& s) { s.image().manifests.clear(); }, {}},
           Row{"a platform is missing", [](Scene& s) { s.image().unscanned_because = "linux/arm64"; }, {}},
           Row{"not matched yet", [](Scene& s) { s.manifest().database_generation.reset(); }, {}},
           Row{"an old tag", [](Scene& s) { s.image().tag_resolved_at = kNow - std::chrono::minutes(11); }, {}},
           Row{"a tag of unknown age", [](Scene& s) { s.image().tag_resolved_at.reset(); }, {}},
           Row{"an old scan", [](Scene&) {}, {{"maxScanAge", "1h"}}},
           Row{"a scan of unknown age", [](Scene& s) { s.image().scanned_at.reset(); }, {{"maxScanAge", "30d"}}},
           Row{"an old database", [](Scene&) {}, {{"maxDatabaseAge", "30m"}}},
           Row{"a database of unknown age",
               [](Scene& s) { s.question.database_built_at.reset(); },
               {{"maxDatabaseAge", "30d"}}},
       }) {
    Scene scene;
    row.change(scene);
    const Decision decision =
        scene.with(policy_of(with({{"mode", "Deny"}}, row.policy.is_null() ? json::object() : row.policy))).decide();
    EXPECT_EQ(decision.verdict, Verdict::kDeny) << row.name;
    ASSERT_EQ(decision.reasons.size(), 1U) << row.name;
    EXPECT_EQ(decision.reasons.front().cause, Cause::kUnscanned) << row.name;
  }
}

TEST(Decide, WhatIsYoungEnoughCounts) {
  Scene scene;
  scene.with(policy_of({{"mode", "Deny"}, {"maxScanAge", "30d"}, {"maxDatabaseAge", "30d"}}));
  EXPECT_EQ(scene.verdict(), Verdict::kAllow);
}

TEST(Decide, WithoutALongestAgeATagIsNeverTooOld) {
  Scene scene;
  scene.image().tag_resolved_at.reset();
  EXPECT_EQ(scene.with(policy_of({{"mode", "Deny"}, {"maxTagAge", ""}})).verdict(), Verdict::kAllow);
}

TEST(Decide, AgesAreToldInWordsOfTheirSize) {
  for (const auto& [age, words] : {std::pair<std::chrono::seconds, const char*>(std::chrono::seconds(90), "90 seconds"),
                                   {std::chrono::minutes(5), "5 minutes"},
                                   {std::chrono::hours(3), "3 hours"},
                                   {std::chrono::hours(72), "3 days"}}) {
    Scene scene;
    scene.image().scanned_at = kNow - age;
    const Decision decision = scene.with(policy_of({{"mode", "Deny"}, {"maxScanAge", "60s"}})).decide();
    EXPECT_EQ(decision.reasons.at(0).detail, std::string("its last scan is ") + words + " old");
  }
}

TEST(Decide, SaysWhyAnImageIsIncompleteWhereThatIsKnown) {
  Scene scene;
  scene.manifest().complete = false;
  scene.with(policy_of({{"mode", "Deny"}}));
  EXPECT_EQ(scene.decide().reasons.at(0).detail, "part of it could not be looked at");
  scene.manifest().incomplete_because = "a.jar";
  EXPECT_EQ(scene.decide().reasons.at(0).detail, "a.jar");
}

TEST(Decide, APolicyOfAnotherNamespaceIsNotAsked) {
  Scene scene({finding("CVE-1", Severity::kHigh)});
  const Decision decision = scene.with(policy_of(deny_high(), "theirs", "bank")).decide();
  EXPECT_EQ(decision.verdict, Verdict::kAllow);
  EXPECT_TRUE(decision.policies.empty());
}

TEST(Decide, AnOldTagIsNotJudgedByWhatItStoodFor) {
  Scene scene({finding("CVE-1", Severity::kCritical)});
  scene.image().tag_resolved_at = kNow - std::chrono::hours(1);
  EXPECT_EQ(scene.with(policy_of(with(deny_high(), {{"unscanned", {{"action", "Allow"}}}}))).verdict(),
            Verdict::kAllow);
}

TEST(Decide, ADigestIsNeverTooOld) {
  Scene scene;
  scene.image().reference = base::parse_image_reference("registry:5000/web:1@" + testing::kDigest);
  scene.image().tag_resolved_at.reset();
  EXPECT_EQ(scene.with(policy_of({{"mode", "Deny"}})).verdict(), Verdict::kAllow);
}

TEST(Decide, FindingsOfAPartialLookStillCount) {
  Scene scene({finding("CVE-1", Severity::kCritical)});
  scene.image().unscanned_because = "linux/arm64 has no report yet";
  const Decision decision = scene.with(policy_of(with(deny_high(), {{"unscanned", {{"action", "Allow"}}}}))).decide();
  EXPECT_EQ(decision.verdict, Verdict::kDeny);
  EXPECT_EQ(decision.reasons.front().cause, Cause::kFindings);
}

TEST(Decide, IncompleteAsThePolicySays) {
  for (const auto& [word, expected] :
       {std::pair("Deny", Verdict::kDeny), std::pair("Warn", Verdict::kWarn), std::pair("Allow", Verdict::kAllow)}) {
    Scene scene;
    scene.manifest().complete = false;
    EXPECT_EQ(scene.with(policy_of({{"mode", "Deny"}, {"incomplete", word}})).verdict(), expected) << word;
  }
}

TEST(Decide, RequireDigest) {
  Scene scene;
  scene.with(policy_of({{"mode", "Deny"}, {"requireDigest", true}}));
  EXPECT_EQ(scene.decide().reasons.front().cause, Cause::kNoDigest);
  scene.image().reference = base::parse_image_reference("registry:5000/web@" + testing::kDigest);
  EXPECT_EQ(scene.verdict(), Verdict::kAllow);
}

TEST(Decide, MinCoverage) {
  const json demands = {{"mode", "Deny"}, {"minCoverage", 80}};
  struct Row {
    std::optional<int> coverage;
    Verdict verdict;
  };
  for (const Row& row : {Row{79, Verdict::kDeny}, Row{80, Verdict::kAllow}, Row{100, Verdict::kAllow},
                         Row{std::nullopt, Verdict::kDeny}}) {
    Scene scene;
    scene.manifest().coverage = row.coverage;
    EXPECT_EQ(scene.with(policy_of(demands)).verdict(), row.verdict) << row.coverage.value_or(-1);
  }
  Scene undemanded;
  undemanded.manifest().coverage = 0;
  EXPECT_EQ(undemanded.with(policy_of({{"mode", "Deny"}})).verdict(), Verdict::kAllow);
}

TEST(Decide, TheLeastCoveredPlatformCounts) {
  Scene scene;
  scene.manifest().coverage = 100;
  ManifestFacts other = scene.manifest();
  other.coverage = 10;
  scene.image().manifests.push_back(&other);
  scene.with(policy_of({{"mode", "Deny"}, {"minCoverage", 80}}));
  const Decision decision = scene.decide();
  ASSERT_EQ(decision.reasons.size(), 1U);
  EXPECT_EQ(decision.reasons.front().cause, Cause::kCoverage);
  EXPECT_EQ(decision.reasons.front().detail,
            "10 % of the bytes of its programs belong to known packages, 80 % are required");
}

TEST(Decide, WhatIsNoReferenceIsDenied) {
  Scene scene;
  scene.image().reference.reset();
  scene.image().error = "no reference";
  const Decision decision = scene.with(policy_of({{"mode", "Deny"}, {"match", {{"images", {"registry/*"}}}}})).decide();
  EXPECT_EQ(decision.verdict, Verdict::kDeny);
  EXPECT_EQ(decision.reasons.front().cause, Cause::kInvalidReference);
}

TEST(Decide, AnUnreadablePolicyDeniesWhereItMightApply) {
  Scene scene;
  scene.book.unreadable.push_back({.title = "ScanPolicy/x", .ns = "shop", .error = "spec.mode"});
  EXPECT_EQ(scene.verdict(), Verdict::kDeny);
  scene.question.subject.ns = "bank";
  EXPECT_EQ(scene.verdict(), Verdict::kAllow);
  scene.book.unreadable.front().ns.clear();
  EXPECT_EQ(scene.verdict(), Verdict::kDeny);
}

TEST(Decide, TheStrictestPolicyWinsAndIsNamedFirst) {
  Scene scene({finding("CVE-1", Severity::kHigh)});
  scene.with(policy_of(with(deny_high(), {{"mode", "Warn"}}), "mild")).with(policy_of(deny_high(), "strict", "shop"));
  const Decision decision = scene.decide();
  EXPECT_EQ(decision.verdict, Verdict::kDeny);
  ASSERT_EQ(decision.reasons.size(), 2U);
  EXPECT_EQ(decision.reasons[0].policy, "ScanPolicy/strict");
  EXPECT_EQ(denying_policies(decision), std::vector<std::string>{"ScanPolicy/strict"});
}

TEST(Decide, ANamespacedPolicyLoosensNothing) {
  Scene scene({finding("CVE-1", Severity::kHigh)});
  scene.with(policy_of(deny_high())).with(policy_of({{"mode", "Audit"}}, "mine", "shop"));
  EXPECT_EQ(scene.verdict(), Verdict::kDeny);
}

TEST(Decide, OneBadPlatformDecidesForTheImage) {
  Scene scene;
  scene.add_image("registry:5000/other:1", {finding("CVE-1", Severity::kHigh)});
  scene.image().manifests.push_back(&scene.manifests.back());
  scene.question.images.pop_back();
  EXPECT_EQ(scene.with(policy_of(deny_high())).verdict(), Verdict::kDeny);
}

TEST(Decide, AFindingOfTwoPlatformsIsToldOnce) {
  Scene scene({finding("CVE-1", Severity::kHigh)});
  scene.add_image("registry:5000/other:1", {finding("CVE-1", Severity::kHigh)});
  scene.image().manifests.push_back(&scene.manifests.back());
  scene.question.images.pop_back();
  EXPECT_EQ(scene.with(policy_of(deny_high())).decide().reasons.front().findings.size(), 1U);
}

TEST(Decide, FindingsOfTwoPlatformsThatDifferAreToldBoth) {
  FindingFacts other_type = finding("CVE-1", Severity::kHigh);
  other_type.package_type = "npm";
  FindingFacts other_package = finding("CVE-1", Severity::kHigh);
  other_package.package = "openssl-legacy";
  FindingFacts other_version = finding("CVE-1", Severity::kHigh);
  other_version.installed = "1.1";
  for (const FindingFacts& other : {other_type, other_package, other_version}) {
    Scene scene({finding("CVE-1", Severity::kHigh)});
    scene.add_image("registry:5000/other:1", {other});
    scene.image().manifests.push_back(&scene.manifests.back());
    scene.question.images.pop_back();
    EXPECT_EQ(scene.with(policy_of(deny_high())).decide().reasons.front().findings.size(), 2U);
  }
}

TEST(Decide, OneBadImageDecidesForThePod) {
  Scene scene;
  scene.add_image("registry:5000/bad:1", {finding("CVE-1", Severity::kHigh)});
  const Decision decision = scene.with(policy_of(deny_high())).decide();
  EXPECT_EQ(decision.verdict, Verdict::kDeny);
  EXPECT_EQ(decision.reasons.front().image, 1U);
}

// What no decoder lets through, and no forgotten case may turn into an admission.
TEST(Decide, AValueThatNobodyKnowsCountsAsTheStrictest) {
  constexpr int kNobodyKnows = 99;
  Scene mode({finding("CVE-1", Severity::kCritical)});
  mode.with(policy_of(deny_high()));
  mode.book.policies.front().spec.mode = static_cast<crds::PolicyMode>(kNobodyKnows);
  EXPECT_EQ(mode.verdict(), Verdict::kDeny);
  Scene unscanned;
  unscanned.image().manifests.clear();
  unscanned.with(policy_of(deny_high()));
  unscanned.book.policies.front().spec.unscanned.action = static_cast<crds::UnscannedAction>(kNobodyKnows);
  EXPECT_EQ(unscanned.verdict(), Verdict::kDeny);
  EXPECT_EQ(verdict_word(static_cast<Verdict>(kNobodyKnows)), "deny");
  EXPECT_EQ(cause_name(static_cast<Cause>(kNobodyKnows)), "unknown");
  EXPECT_FALSE(takes_away(static_cast<crds::ExceptionStatus>(kNobodyKnows)));
}

TEST(CauseName, IsAWordForEach) {
  std::set<std::string_view> words;
  for (const Cause cause : {Cause::kFindings, Cause::kUnscanned, Cause::kIncomplete, Cause::kCoverage, Cause::kNoDigest,
                            Cause::kInvalidReference, Cause::kUnreadablePolicy, Cause::kBreakGlass}) {
    words.insert(cause_name(cause));
  }
  EXPECT_EQ(words.size(), 8U);
}

}  // namespace
}  // namespace policy

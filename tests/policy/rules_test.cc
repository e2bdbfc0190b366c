#include "policy/rules.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "tests/policy/policy_builders.h"

namespace policy {
namespace {

using crds::Severity;
using testing::finding;
using testing::kNow;
using testing::policy_of;

Rule rule_of(nlohmann::json spec) {
  spec["name"] = "rule";
  return compile(policy_of({{"mode", "Deny"}, {"rules", {spec}}})).rules.front();
}

bool hits(const nlohmann::json& rule, const FindingFacts& facts) {
  return rule_hits(rule_of(rule), facts);
}

TEST(RuleHits, BySeverity) {
  for (const auto& [severity, expected] : {std::pair(Severity::kLow, false), std::pair(Severity::kMedium, false),
                                           std::pair(Severity::kHigh, true), std::pair(Severity::kCritical, true)}) {
    EXPECT_EQ(hits({{"severityAtLeast", "High"}}, finding("CVE-1", severity)), expected);
  }
  EXPECT_TRUE(hits({}, finding("CVE-1", Severity::kLow))) << "a rule without a severity is about any";
}

TEST(RuleHits, AnUnknownSeverityCountsAsTheRuleSays) {
  const FindingFacts unrated = finding("CVE-1", Severity::kUnknown);
  EXPECT_TRUE(hits({{"severityAtLeast", "High"}}, unrated)) << "High by default";
  EXPECT_FALSE(hits({{"severityAtLeast", "High"}, {"unknownSeverityAs", "Low"}}, unrated));
  EXPECT_TRUE(hits({{"severityAtLeast", "Critical"}, {"unknownSeverityAs", "Critical"}}, unrated));
}

TEST(RuleHits, FixableOnly) {
  EXPECT_TRUE(hits({{"fixable", "Only"}}, finding("CVE-1", Severity::kHigh, "2.0")));
  EXPECT_FALSE(hits({{"fixable", "Only"}}, finding("CVE-1", Severity::kHigh, "")));
  EXPECT_TRUE(hits({{"fixable", "Any"}}, finding("CVE-1", Severity::kHigh, "")));
}

TEST(RuleHits, ExploitedOnly) {
  FindingFacts facts = finding("CVE-1", Severity::kLow);
  EXPECT_FALSE(hits({{"exploited", "Only"}}, facts));
  facts.exploited = true;
  EXPECT_TRUE(hits({{"exploited", "Only"}}, facts));
}

TEST(RuleHits, CvssByTheScoresThatTheSourcesGive) {
  FindingFacts facts = finding("CVE-1", Severity::kMedium);
  facts.ratings = {{"debian", Severity::kLow}, {"nvd", Severity::kHigh, 7.4}, {"ghsa", Severity::kMedium, 6.1}};
  struct Row {
    std::vector<std::string> sources;
    double score;
  };
  for (const Row& row : {Row{{}, 7.4}, Row{{"ghsa"}, 6.1}, Row{{"debian", "ghsa", "nvd"}, 6.1}, Row{{"osv"}, 7.4}}) {
    EXPECT_DOUBLE_EQ(cvss_for(rule_of({{"severitySources", row.sources}}), facts), row.score);
  }
  EXPECT_TRUE(hits({{"cvssAtLeast", 7.4}}, facts));
  EXPECT_FALSE(hits({{"cvssAtLeast", 7.5}}, facts));
}

TEST(RuleHits, CvssWithoutAnyScoreByTheUpperEndOfTheSeveritysBand) {
  struct Row {
    Severity severity;
    double threshold;
    bool expected;
  };
  for (const Row& row :
       {Row{Severity::kLow, 3.9, true}, Row{Severity::kLow, 4.0, false}, Row{Severity::kMedium, 6.9, true},
        Row{Severity::kMedium, 7.0, false}, Row{Severity::kHigh, 7.0, true}, Row{Severity::kHigh, 9.0, false},
        Row{Severity::kCritical, 9.8, true}}) {
    EXPECT_EQ(hits({{"cvssAtLeast", row.threshold}}, finding("CVE-1", row.severity)), row.expected) << row.threshold;
  }
  EXPECT_TRUE(hits({{"cvssAtLeast", 9.9}, {"unknownSeverityAs", "Unknown"}}, finding("CVE-1", Severity::kUnknown)));
}

TEST(RuleHits, Epss) {
  FindingFacts facts = finding("CVE-1", Severity::kLow);
  EXPECT_FALSE(hits({{"epssAtLeast", 0.1}}, facts)) << "nothing is known";
  facts.epss = 0.1;
  EXPECT_TRUE(hits({{"epssAtLeast", 0.1}}, facts));
  EXPECT_FALSE(hits({{"epssAtLeast", 0.2}}, facts));
}

TEST(RuleHits, IdsByAnyAliasAndCase) {
  FindingFacts facts = finding("CVE-2024-1", Severity::kLow);
  facts.aliases = {"GHSA-abcd-1234-efgh"};
  EXPECT_TRUE(hits({{"ids", {"cve-2024-1"}}}, facts));
  EXPECT_TRUE(hits({{"ids", {"CVE-2000-1", "GHSA-ABCD-1234-efgh"}}}, facts));
  EXPECT_FALSE(hits({{"ids", {"CVE-2024-11"}}}, facts));
}

TEST(RuleHits, PackagesByBinaryOrSourcePackage) {
  const FindingFacts facts = finding("CVE-1", Severity::kLow);
  EXPECT_TRUE(hits({{"packages", {"pkg:deb/debian/libssl3"}}}, facts));
  EXPECT_TRUE(hits({{"packages", {"pkg:deb/openssl"}}}, facts));
  EXPECT_FALSE(hits({{"packages", {"pkg:npm/*"}}}, facts));
}

TEST(RuleHits, SeveritySourcesInTheirOrder) {
  FindingFacts facts = finding("CVE-1", Severity::kLow);
  facts.ratings = {{"nvd", Severity::kCritical}, {"debian", Severity::kLow}, {"ghsa", Severity::kUnknown}};
  const auto severity = [&](std::vector<std::string> sources) {
    return severity_for(rule_of({{"severitySources", std::move(sources)}}), facts);
  };
  EXPECT_EQ(severity({"nvd", "debian"}), Severity::kCritical);
  EXPECT_EQ(severity({"debian", "nvd"}), Severity::kLow);
  EXPECT_EQ(severity({"ghsa", "nvd"}), Severity::kCritical) << "a source without a word is passed over";
  EXPECT_EQ(severity({"osv"}), Severity::kLow) << "the finding's own where no source has one";
}

// What a rule hits is the same whether the findings are known to be sorted or not.
TEST(Candidates, AreAllThatTheRuleCanHit) {
  constexpr std::array kAll = {crds::Severity::kUnknown, crds::Severity::kLow, crds::Severity::kMedium,
                               crds::Severity::kHigh, crds::Severity::kCritical};
  std::vector<FindingFacts> findings(12);
  for (std::size_t i = 0; i < findings.size(); ++i) findings[i].severity = kAll[i * 7 % kAll.size()];
  ManifestFacts unsorted;
  for (const FindingFacts& finding : findings) unsorted.findings.push_back(&finding);
  ManifestFacts sorted = unsorted;
  sort_by_severity(sorted);

  for (const crds::Severity at_least : kAll) {
    for (const crds::Severity unknown_as : kAll) {
      Rule rule;
      rule.spec.severity_at_least = at_least;
      rule.spec.unknown_severity_as = unknown_as;
      const auto hits = [&](const ManifestFacts& manifest) {
        std::multiset<const FindingFacts*> found;
        for (const auto part : candidates(rule, manifest)) {
          for (const FindingFacts* finding : part) {
            if (rule_hits(rule, *finding)) found.insert(finding);
          }
        }
        return found;
      };
      EXPECT_EQ(hits(sorted), hits(unsorted)) << static_cast<int>(at_least) << " " << static_cast<int>(unknown_as);
    }
  }
}

TEST(Candidates, LeaveOutWhatCannotReachTheSeverity) {
  const FindingFacts low = finding("CVE-1", Severity::kLow);
  const FindingFacts high = finding("CVE-2", Severity::kHigh);
  ManifestFacts manifest;
  manifest.findings = {&low, &high};
  sort_by_severity(manifest);
  Rule rule;
  rule.spec.severity_at_least = crds::Severity::kHigh;

  EXPECT_EQ(candidates(rule, manifest)[0].size(), 1u);
  EXPECT_EQ(candidates(rule, manifest)[0].front(), &high);
  rule.spec.severity_sources = {"nvd"};
  EXPECT_EQ(candidates(rule, manifest)[0].size(), 2u) << "a source may rate it higher";
}

TEST(GraceEnd, IsSoLongAfterTheDayThatItCountsFrom) {
  using std::chrono::hours;
  FindingFacts facts = finding("CVE-1", Severity::kHigh);
  facts.published = kNow - hours(48);
  facts.fix_available = kNow - hours(24);
  const FirstSeen an_hour_ago = [](const FindingFacts&) { return std::optional(kNow - hours(1)); };
  struct Row {
    nlohmann::json grace;
    std::optional<base::SystemTime> end;
  };
  for (const Row& row :
       {Row{nlohmann::json::object(), std::nullopt}, Row{{{"sincePublished", "7d"}}, kNow + hours(120)},
        Row{{{"sinceFixAvailable", "12h"}}, kNow - hours(12)}, Row{{{"sinceFirstSeen", "2h"}}, kNow + hours(1)},
        Row{{{"sincePublished", "1d"}, {"sinceFirstSeen", "3h"}}, kNow + hours(2)}}) {
    EXPECT_EQ(grace_end(rule_of({{"grace", row.grace}}), facts, an_hour_ago), row.end) << row.grace;
  }
}

TEST(GraceEnd, IsNotThereWhereNobodyKnowsTheDay) {
  const FindingFacts facts = finding("CVE-1", Severity::kHigh);
  const Rule rule =
      rule_of({{"grace", {{"sincePublished", "7d"}, {"sinceFixAvailable", "7d"}, {"sinceFirstSeen", "7d"}}}});
  EXPECT_EQ(grace_end(rule, facts, {}), std::nullopt);
  EXPECT_EQ(grace_end(rule, facts, [](const FindingFacts&) { return std::nullopt; }), std::nullopt);
}

TEST(AppliesTo, AClusterPolicyByTheNamespacesLabels) {
  const Policy everywhere = compile(policy_of({{"mode", "Deny"}}));
  const Policy team_a = compile(policy_of({{"match", {{"namespaceSelector", {{"matchLabels", {{"team", "a"}}}}}}}}));
  Subject subject{.ns = "shop", .namespace_labels = crds::Labels{{"team", "b"}}, .labels = {}};
  EXPECT_TRUE(applies_to(everywhere, subject));
  EXPECT_FALSE(applies_to(team_a, subject));
  subject.namespace_labels = crds::Labels{{"team", "a"}};
  EXPECT_TRUE(applies_to(team_a, subject));
  subject.namespace_labels.reset();
  EXPECT_TRUE(applies_to(team_a, subject)) << "a namespace that is not known yet matches every cluster policy";
}

TEST(AppliesTo, ANamespacedPolicyInItsNamespaceByTheObjectsLabels) {
  const nlohmann::json spec{{"match", {{"objectSelector", {{"matchLabels", {{"app", "web"}}}}}}}};
  const Policy policy = compile(policy_of(spec, "p", "shop"));
  EXPECT_TRUE(applies_to(policy, Subject{.ns = "shop", .namespace_labels = {}, .labels = {{"app", "web"}}}));
  EXPECT_FALSE(applies_to(policy, Subject{.ns = "shop", .namespace_labels = {}, .labels = {{"app", "api"}}}));
  EXPECT_FALSE(applies_to(policy, Subject{.ns = "bank", .namespace_labels = {}, .labels = {{"app", "web"}}}));
}

TEST(AppliesTo, ImagesByGlobsOnTheNormalisedReference) {
  const Policy policy = compile(policy_of({{"match", {{"images", {"docker.io/library/*"}}}}}));
  ImageFacts image;
  image.reference = base::parse_image_reference("nginx");
  EXPECT_TRUE(applies_to(policy, image));
  image.reference = base::parse_image_reference("registry/nginx");
  EXPECT_FALSE(applies_to(policy, image));
  image.reference.reset();
  EXPECT_TRUE(applies_to(policy, image)) << "what is no reference is everybody's business";
}

}  // namespace
}  // namespace policy

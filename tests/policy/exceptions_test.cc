#include "policy/exceptions.h"

#include <gtest/gtest.h>

#include "tests/policy/policy_builders.h"

namespace policy {
namespace {

using crds::Severity;
using crds::Verdict;
using nlohmann::json;
using testing::accepts;
using testing::deny_high;
using testing::exception_of;
using testing::finding;
using testing::kDigest;
using testing::kManifest;
using testing::kNow;
using testing::policy_of;
using testing::Scene;

FindingFacts the_finding() {
  FindingFacts facts = finding("CVE-2024-1", Severity::kHigh);
  facts.aliases = {"GHSA-abcd-1234-efgh"};
  return facts;
}

// The verdict on a pod with the one finding, under one exception.
Verdict verdict_with(const json& exception, const std::string& ns = "shop") {
  Scene scene({the_finding()});
  scene.with(policy_of(deny_high())).with(exception_of(exception, ns));
  return scene.verdict();
}

TEST(Exceptions, WithoutOneTheFindingDenies) {
  Scene scene({the_finding()});
  EXPECT_EQ(scene.with(policy_of(deny_high())).verdict(), Verdict::kDeny);
}

TEST(Exceptions, CoverByIdOrAnyAliasWhateverTheCase) {
  EXPECT_EQ(verdict_with(accepts("CVE-2024-1")), Verdict::kAllow);
  EXPECT_EQ(verdict_with(accepts("cve-2024-1")), Verdict::kAllow);
  EXPECT_EQ(verdict_with(accepts("GHSA-ABCD-1234-EFGH")), Verdict::kAllow);
  EXPECT_EQ(verdict_with(accepts("CVE-2024-11")), Verdict::kDeny);
}

TEST(Exceptions, CoverWhatTheirScopeSays) {
  struct Row {
    const char* name;
    json match;
    Verdict expected;
  };
  for (const Row& row : {
           Row{"image", {{"images", {"registry:5000/web*"}}}, Verdict::kAllow},
           Row{"other image", {{"images", {"registry:5000/api*"}}}, Verdict::kDeny},
           Row{"digest", {{"digests", {kDigest}}}, Verdict::kAllow},
           Row{"manifest", {{"digests", {kManifest}}}, Verdict::kAllow},
           Row{"other digest", {{"digests", {"sha256:" + std::string(64, '9')}}}, Verdict::kDeny},
           Row{"package", {{"packages", {"pkg:deb/debian/libssl3"}}}, Verdict::kAllow},
           Row{"other package", {{"packages", {"pkg:deb/debian/curl"}}}, Verdict::kDeny},
           Row{"object", {{"objectSelector", {{"matchLabels", {{"app", "web"}}}}}}, Verdict::kAllow},
           Row{"other object", {{"objectSelector", {{"matchLabels", {{"app", "api"}}}}}}, Verdict::kDeny},
           Row{"every part must match",
               {{"images", {"registry:5000/web*"}}, {"packages", {"pkg:npm/*"}}},
               Verdict::kDeny},
       }) {
    EXPECT_EQ(verdict_with(accepts("CVE-2024-1", {{"match", row.match}})), row.expected) << row.name;
  }
}

TEST(Exceptions, OfOneBinaryPackageSayNothingOfItsSisters) {
  FindingFacts facts = the_finding();
  facts.purls = {"pkg:deb/debian/libssl3@1.0", "pkg:deb/debian/openssl@1.0"};
  Scene scene({facts});
  scene.with(policy_of(deny_high()))
      .with(exception_of(accepts("CVE-2024-1", {{"match", {{"packages", {"pkg:deb/debian/libssl3"}}}}})));
  EXPECT_EQ(scene.verdict(), Verdict::kDeny);
}

TEST(Exceptions, OfWhatIsStillLookedIntoTakeNothingAway) {
  for (const auto& [status, expected] :
       {std::pair("accepted", Verdict::kAllow), std::pair("not_affected", Verdict::kAllow),
        std::pair("fixed", Verdict::kAllow), std::pair("under_investigation", Verdict::kDeny)}) {
    json spec = accepts("CVE-2024-1");
    spec["vulnerabilities"][0]["status"] = status;
    EXPECT_EQ(verdict_with(spec), expected) << status;
  }
}

TEST(Exceptions, WithoutAPurlThePackageItselfIsCompared) {
  FindingFacts bare = finding("CVE-1", Severity::kCritical);
  bare.purls.clear();
  Scene scene({bare});
  scene.with(policy_of(deny_high()));
  scene.with(exception_of(accepts("CVE-1", {{"match", {{"packages", {"pkg:deb/openssl@1.*"}}}}})));
  EXPECT_EQ(scene.verdict(), Verdict::kAllow);
}

TEST(Exceptions, OfTheClusterLastForEverWithoutADate) {
  json spec = accepts("CVE-1");
  spec.erase("expiresAt");  // which only the kind of the cluster may do without
  Scene scene({finding("CVE-1", Severity::kCritical)});
  scene.with(policy_of(deny_high())).with(exception_of(spec, ""));
  EXPECT_EQ(scene.verdict(), Verdict::kAllow);
}

TEST(Exceptions, OfAnotherNamespaceDoNotCount) {
  EXPECT_EQ(verdict_with(accepts("CVE-2024-1"), "bank"), Verdict::kDeny);
}

TEST(Exceptions, OfTheClusterCountWhereTheySelect) {
  EXPECT_EQ(verdict_with(accepts("CVE-2024-1"), ""), Verdict::kAllow);
  const auto selecting = [](const std::string& team) {
    return accepts("CVE-2024-1", {{"match", {{"namespaceSelector", {{"matchLabels", {{"team", team}}}}}}}});
  };
  EXPECT_EQ(verdict_with(selecting("a"), ""), Verdict::kAllow);
  EXPECT_EQ(verdict_with(selecting("b"), ""), Verdict::kDeny);
}

TEST(Exceptions, ThatSelectNamespacesDoNotCountInOneThatIsNotKnown) {
  Scene scene({the_finding()});
  scene.with(policy_of(deny_high()))
      .with(exception_of(
          accepts("CVE-2024-1", {{"match", {{"namespaceSelector", {{"matchLabels", {{"team", "a"}}}}}}}}), ""));
  scene.question.subject.namespace_labels.reset();
  EXPECT_EQ(scene.verdict(), Verdict::kDeny);
}

TEST(Exceptions, EndAtTheirDate) {
  EXPECT_EQ(verdict_with(accepts("CVE-2024-1", {{"expiresAt", "2026-06-01T12:00:01Z"}})), Verdict::kAllow);
  EXPECT_EQ(verdict_with(accepts("CVE-2024-1", {{"expiresAt", "2026-06-01T12:00:00Z"}})), Verdict::kDeny);
}

TEST(Exceptions, EndAtTheClustersLongestDuration) {
  const auto verdict_under = [](const std::string& duration) {
    json spec = deny_high();
    spec["exceptions"] = {{"maxDuration", duration}};
    Scene scene({the_finding()});
    scene.with(policy_of(spec)).with(exception_of(accepts("CVE-2024-1"), "shop", "2026-05-30T12:00:00Z"));
    return scene.verdict();
  };
  EXPECT_EQ(verdict_under("3d"), Verdict::kAllow);
  EXPECT_EQ(verdict_under("2d"), Verdict::kDeny);
}

TEST(Exceptions, WithoutACreationTimeAreOverWhereADurationIsSet) {
  json spec = deny_high();
  spec["exceptions"] = {{"maxDuration", "30d"}};
  Scene scene({the_finding()});
  scene.with(policy_of(spec)).with(exception_of(accepts("CVE-2024-1"), "shop", ""));
  EXPECT_EQ(scene.verdict(), Verdict::kDeny);
}

TEST(Exceptions, OfNamespacesDoNotCountWhereTheClusterForbidsThem) {
  json spec = deny_high();
  spec["exceptions"] = {{"namespaced", "Forbid"}};
  Scene scene({the_finding()});
  scene.with(policy_of(spec)).with(exception_of(accepts("CVE-2024-1")));
  EXPECT_EQ(scene.verdict(), Verdict::kDeny);
  scene.with(exception_of(accepts("CVE-2024-1"), ""));
  EXPECT_EQ(scene.verdict(), Verdict::kAllow) << "the cluster's own count";
}

TEST(Exceptions, EndWhenThingsGetWorseOrBetter) {
  const auto verdict_of = [](const json& when, const FindingFacts& facts) {
    Scene scene({facts});
    scene.with(policy_of(deny_high())).with(exception_of(accepts("CVE-2024-1", {{"expiresWhen", when}})));
    return scene.verdict();
  };
  FindingFacts facts = the_finding();
  facts.fixed = "";
  EXPECT_EQ(verdict_of({{"fixAvailable", true}, {"exploited", true}, {"epssAbove", 0.5}}, facts), Verdict::kAllow);
  facts.epss = 0.5;
  EXPECT_EQ(verdict_of({{"epssAbove", 0.5}}, facts), Verdict::kAllow);
  facts.epss = 0.6;
  EXPECT_EQ(verdict_of({{"epssAbove", 0.5}}, facts), Verdict::kDeny);
  facts.exploited = true;
  EXPECT_EQ(verdict_of({{"exploited", true}}, facts), Verdict::kDeny);
  facts.fixed = "2.0";
  EXPECT_EQ(verdict_of({{"fixAvailable", true}}, facts), Verdict::kDeny);
  EXPECT_EQ(verdict_of(json::object(), facts), Verdict::kAllow);
}

TEST(Exceptions, AnEarlierOneThatDoesNotCountHidesNoLaterOne) {
  Scene scene({the_finding()});
  scene.with(policy_of(deny_high()))
      .with(exception_of(accepts("CVE-2024-1", {{"expiresAt", "2020-01-01T00:00:00Z"}})))
      .with(exception_of(accepts("GHSA-abcd-1234-efgh")));
  EXPECT_EQ(scene.verdict(), Verdict::kAllow);
}

TEST(EndOf, IsTheEarlierOfBoth) {
  const auto exception = exception_of(accepts("CVE-1", {{"expiresAt", "2026-07-01T00:00:00Z"}}));
  EXPECT_EQ(end_of(*exception, {}), base::parse_rfc3339("2026-07-01T00:00:00Z"));
  EXPECT_EQ(end_of(*exception, {.duration_max = std::chrono::hours(24)}), base::parse_rfc3339("2026-05-02T00:00:00Z"));
  EXPECT_EQ(end_of(*exception, {.duration_max = std::chrono::hours(24 * 365)}),
            base::parse_rfc3339("2026-07-01T00:00:00Z"));
}

}  // namespace
}  // namespace policy

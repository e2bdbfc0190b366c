#include "policy/explanation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/policy_builders.h"

namespace policy {
namespace {

using crds::Severity;
using nlohmann::json;
using testing::accepts;
using testing::deny_high;
using testing::exception_of;
using testing::finding;
using ::testing::HasSubstr;
using testing::kNow;
using ::testing::Not;
using testing::policy_of;
using testing::Scene;

std::string explained(const Scene& scene) {
  return explain(scene.book, scene.question, scene.decide());
}

TEST(Explain, TellsEverythingThatDecides) {
  FindingFacts fresh = finding("CVE-3", Severity::kHigh);
  fresh.published = kNow - std::chrono::hours(24);
  Scene scene({finding("CVE-1", Severity::kCritical), finding("CVE-2", Severity::kHigh), fresh});
  json spec = deny_high();
  spec["rules"][0]["grace"] = {{"sincePublished", "7d"}};
  scene.with(policy_of(spec)).with(policy_of({{"mode", "Audit"}, {"requireDigest", true}}, "trial"));
  scene.with(exception_of(accepts("CVE-2")));
  scene.book.policies.front().generation = 3;
  scene.question.database_generation = 17;
  EXPECT_EQ(explained(scene),
            "denied\n"
            "denies:\n"
            "  ClusterScanPolicy/default rule \"high\": findings of registry:5000/web:1\n"
            "    Critical CVE-1 openssl 1.0, fixed in 2.0\n"
            "would deny or warn, but for the mode:\n"
            "  ClusterScanPolicy/trial: no_digest of registry:5000/web:1: it is not named by digest\n"
            "findings that do not count:\n"
            "  ClusterScanPolicy/default rule \"high\": High CVE-2 openssl 1.0, fixed in 2.0: excepted by "
            "FindingException/accepted until 2027-01-01T00:00:00Z\n"
            "  ClusterScanPolicy/default rule \"high\": High CVE-3 openssl 1.0, fixed in 2.0: in grace until "
            "2026-06-07T12:00:00Z\n"
            "judged by ClusterScanPolicy/default generation 3, ClusterScanPolicy/trial; database generation 17\n");
}

TEST(Explain, OfAnObjectThatNoPolicyIsAbout) {
  EXPECT_EQ(explained(Scene()), "admitted: no policy is about it\n");
  Scene clean;
  clean.with(policy_of(deny_high()));
  EXPECT_EQ(explained(clean), "admitted\njudged by ClusterScanPolicy/default\n");
}

TEST(Explain, SaysForWhatTheAnswerWaits) {
  Scene scene;
  scene.image().manifests.clear();
  scene.with(policy_of({{"mode", "Deny"}, {"unscanned", {{"waitSeconds", 3}, {"then", "Warn"}}}}));
  EXPECT_THAT(explained(scene), HasSubstr("admitted with warnings\nthe answer waits up to 3 s for a scan of "
                                          "registry:5000/web:1, and is this one when none comes\nwarns:\n"));
}

TEST(Explain, NamesWhatRunsAlreadyAndWhatMayRunOn) {
  FindingFacts newer = finding("CVE-2", Severity::kHigh);
  newer.published = kNow - std::chrono::hours(1);
  Scene scene({finding("CVE-1", Severity::kCritical), newer});
  json spec = deny_high();
  spec["ratchet"] = true;
  spec["continuity"] = {{"window", "24h"}};
  scene.with(policy_of(spec));
  scene.add_image("registry:5000/web:0", {finding("CVE-1", Severity::kCritical)});
  scene.question.images.pop_back();
  scene.image().places = {{.container = "web", .runs_now = {&scene.manifests.back()}}};
  scene.image().ran_since = kNow - std::chrono::hours(100);
  EXPECT_THAT(explained(scene), HasSubstr("CVE-1 openssl 1.0, fixed in 2.0: what runs now has it too\n"));
  EXPECT_THAT(explained(scene),
              HasSubstr("CVE-2 openssl 1.0, fixed in 2.0: newer than the run of this digest, which may go on until "
                        "2026-06-02T11:00:00Z\n"));
}

TEST(Explain, SaysWhyTheGlassWasBroken) {
  Scene scene({finding("CVE-1", Severity::kCritical, "")});
  json spec = deny_high();
  spec["breakGlass"] = {{"annotation", "shop.example/emergency"}, {"groups", {"oncall"}}};
  scene.with(policy_of(spec));
  scene.question.subject.annotations = {{"shop.example/emergency", "INC-7"}};
  EXPECT_THAT(explained(scene), HasSubstr("findings of registry:5000/web:1 (break-glass: INC-7)\n"));
}

TEST(Explain, TellsNoFindingsOfAnImageThatTheNamespaceHasNotProved) {
  Scene scene({finding("CVE-1", Severity::kCritical), finding("CVE-2", Severity::kHigh)});
  scene.image().proof = Proof::kUnproved;
  scene.with(policy_of(deny_high())).with(exception_of(accepts("CVE-2")));
  EXPECT_THAT(explained(scene), Not(HasSubstr("CVE-")));
}

TEST(Explain, OfAForbiddenAnnotationNamesNoImage) {
  json spec = deny_high();
  spec["breakGlass"] = {{"annotation", "x.example/glass"}, {"groups", {"oncall"}}};
  Scene scene;
  scene.question.images.clear();
  scene.question.subject.annotations = {{"x.example/glass", "INC-7"}};
  scene.question.request = Request{.user = "bob", .groups = {}, .annotations_before = {}};
  scene.with(policy_of(spec));
  EXPECT_THAT(explained(scene), HasSubstr("  ClusterScanPolicy/default: break_glass: only members of its"));
}

TEST(Explain, IsBounded) {
  std::vector<FindingFacts> findings;
  for (int i = 100; i < 160; ++i) findings.push_back(finding("CVE-" + std::to_string(i), Severity::kHigh));
  for (int i = 200; i < 260; ++i) findings.push_back(finding("GHSA-" + std::to_string(i), Severity::kHigh));
  Scene scene(findings);
  scene.with(policy_of(deny_high()));
  for (int i = 200; i < 260; ++i) scene.with(exception_of(accepts("GHSA-" + std::to_string(i))));
  EXPECT_THAT(explained(scene), HasSubstr("    and 10 more\n"));
  EXPECT_THAT(explained(scene), HasSubstr("\n  and 10 more\n"));
}

TEST(Explain, PassesOverPoliciesThatAreAboutSomethingElse) {
  Scene scene({finding("CVE-1", Severity::kCritical)});
  scene.with(policy_of(deny_high(), "elsewhere", "bank"));
  json spec = deny_high();
  spec["match"] = {{"images", {"docker.io/*"}}};
  scene.with(policy_of(spec, "others")).with(exception_of(accepts("CVE-1")));
  EXPECT_TRUE(passed_findings(scene.book, scene.question).empty());
}

}  // namespace
}  // namespace policy

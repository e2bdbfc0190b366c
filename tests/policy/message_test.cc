#include "policy/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/policy_builders.h"

namespace policy {
namespace {

using crds::Severity;
using nlohmann::json;
using testing::deny_high;
using ::testing::EndsWith;
using testing::finding;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::policy_of;
using testing::Scene;

std::string denial(const Scene& scene) {
  return denial_message(scene.decide(), scene.question);
}

FindingFacts npm(const std::string& id, const std::string& package, const std::string& installed,
                 const std::string& fixed) {
  FindingFacts facts = finding(id, Severity::kHigh, fixed);
  facts.package = package;
  facts.installed = installed;
  return facts;
}

TEST(DenialMessage, SaysWhatAUserNeeds) {
  FindingFacts worst = npm("CVE-2021-44228", "log4j-core", "2.14.1", "2.15.0");
  worst.severity = Severity::kCritical;
  worst.exploited = true;
  Scene scene({npm("CVE-2018-18074", "requests", "2.19.0", "2.20.0"), worst});
  scene.with(policy_of(deny_high()));
  EXPECT_EQ(denial(scene),
            "image registry:5000/web:1 (sha256:111111111111) has 2 unresolved findings that ClusterScanPolicy/default "
            "rule \"high\" denies:\n"
            "  Critical CVE-2021-44228 log4j-core 2.14.1, fixed in 2.15.0 (known to be exploited)\n"
            "  High     CVE-2018-18074 requests 2.19.0, fixed in 2.20.0\n"
            "upgrade log4j-core to 2.15.0 and requests to 2.20.0 to pass. details: kubectl get findings -n shop; "
            "exceptions: docs/crds/finding_exception.md");
}

TEST(DenialMessage, TheHighestFixOfAPackageIsTheUpgrade) {
  Scene scene({npm("CVE-1", "a", "1", "1.10.0"), npm("CVE-2", "a", "1", "1.9.0"), npm("CVE-3", "a", "1", "1.9.0-2")});
  scene.with(policy_of(deny_high()));
  EXPECT_THAT(denial(scene), HasSubstr("upgrade a to 1.10.0 to pass"));
}

TEST(DenialMessage, FixesAreComparedByTheirNumbersAndWords) {
  struct Row {
    const char* one;
    const char* other;
    const char* higher;
  };
  for (const Row& row : {Row{"1.9", "1.10", "1.10"}, Row{"1.2", "1.3", "1.3"}, Row{"1.0-rc", "1.0-sp", "1.0-sp"},
                         Row{"1.0", "1.0.1", "1.0.1"}, Row{"1.0:1", "1.0-1", "1.0:1"}, Row{"2a", "23", "23"},
                         Row{"007", "8", "8"}, Row{"1.a", "1.1", "1.a"}}) {
    for (const auto& [first, second] : {std::pair(row.one, row.other), std::pair(row.other, row.one)}) {
      Scene scene({npm("CVE-1", "a", "1", first), npm("CVE-2", "a", "1", second)});
      scene.with(policy_of(deny_high()));
      EXPECT_THAT(denial(scene), HasSubstr("upgrade a to " + std::string(row.higher) + " to pass")) << first;
    }
  }
}

TEST(DenialMessage, PromisesNoUpgradeWhereOneFindingHasNoFix) {
  Scene scene({npm("CVE-1", "a", "1", "2"), npm("CVE-2", "b", "1", "")});
  scene.with(policy_of(deny_high()));
  EXPECT_THAT(denial(scene), HasSubstr("b 1, no fix known"));
  EXPECT_THAT(denial(scene), Not(HasSubstr("to pass")));
}

TEST(DenialMessage, ListsTenAndCountsTheRest) {
  std::vector<FindingFacts> findings;
  for (int i = 10; i < 35; ++i) findings.push_back(npm("CVE-" + std::to_string(i), "p" + std::to_string(i), "1", "2"));
  Scene scene(findings);
  scene.with(policy_of(deny_high()));
  EXPECT_THAT(denial(scene), HasSubstr("has 25 unresolved findings"));
  EXPECT_THAT(denial(scene), HasSubstr("  High     CVE-19 p19"));
  EXPECT_THAT(denial(scene), Not(HasSubstr("  High     CVE-20 ")));
  EXPECT_THAT(denial(scene), HasSubstr("and 15 more\n"));
  EXPECT_THAT(denial(scene), HasSubstr("and 20 more packages"));
}

TEST(DenialMessage, ShowsNoFindingsToANamespaceThatHasProvedNothing) {
  Scene scene({npm("CVE-2018-18074", "requests", "2.19.0", "2.20.0")});
  scene.image().proof = Proof::kUnproved;
  scene.with(policy_of(deny_high()));
  EXPECT_THAT(denial(scene), HasSubstr("rule \"high\""));
  EXPECT_THAT(denial(scene), HasSubstr("kubectl get imagescan -n shop web-1-0123456789"));
  EXPECT_THAT(denial(scene), Not(HasSubstr("CVE-2018")));
  EXPECT_THAT(denial(scene), Not(HasSubstr("requests")));
  EXPECT_THAT(denial(scene), Not(HasSubstr("1 unresolved")));
}

TEST(DenialMessage, OfAnUnscannedImageSaysWhatRunsAndWhatToDo) {
  Scene scene;
  scene.image().manifests.clear();
  scene.image().unscanned_because = "no ImageScan of this namespace has resolved its tag";
  scene.with(policy_of(deny_high()));
  EXPECT_THAT(denial(scene), HasSubstr("no ImageScan of this namespace has resolved its tag"));
  EXPECT_THAT(denial(scene), HasSubstr("ClusterScanPolicy/default denies unscanned images"));
  EXPECT_THAT(denial(scene), HasSubstr("kubectl wait -n shop imagescan/web-1-0123456789 --for=condition=Scanned"));
}

TEST(DenialMessage, OfAnImageWithoutADigestNamesTheOneToUse) {
  Scene scene;
  scene.with(policy_of({{"mode", "Deny"}, {"requireDigest", true}}));
  EXPECT_THAT(denial(scene), EndsWith("use registry:5000/web@" + testing::kDigest));
}

TEST(DenialMessage, OfTooManyUnknownProgramsSaysHowMany) {
  Scene scene;
  scene.manifest().coverage = 37;
  scene.with(policy_of({{"mode", "Deny"}, {"minCoverage", 80}}));
  EXPECT_THAT(denial(scene), HasSubstr("has programs of which no advisory speaks: 37 % of the bytes of its programs"));
  EXPECT_THAT(denial(scene), HasSubstr("80 % are required; ClusterScanPolicy/default denies that"));
}

TEST(DenialMessage, OfAnImageThatNobodyResolvedNamesNoDigest) {
  Scene scene;
  scene.image().digest.clear();
  scene.with(policy_of({{"mode", "Deny"}, {"requireDigest", true}, {"unscanned", {{"action", "Allow"}}}}));
  EXPECT_THAT(denial(scene), HasSubstr("image registry:5000/web:1 is not named by digest, which"));
  EXPECT_THAT(denial(scene), Not(HasSubstr(": use ")));
}

TEST(DenialMessage, OfWhatIsNoReferenceNamesItsPlaceWhereThereIsOne) {
  Scene scene;
  scene.image().reference.reset();
  scene.image().error = "an upper-case letter";
  scene.with(policy_of({{"mode", "Deny"}}));
  EXPECT_THAT(denial(scene), HasSubstr(" is not an image reference: an upper-case letter; ClusterScanPolicy/default"));
  scene.image().place = "container \"web\"";
  EXPECT_THAT(denial(scene), HasSubstr(" of container \"web\" is not an image reference"));
}

TEST(DenialMessage, OfAnUnscannedImageWithoutAScanPromisesNone) {
  Scene scene;
  scene.image().manifests.clear();
  scene.image().image_scan.clear();
  scene.with(policy_of({{"mode", "Deny"}}));
  EXPECT_THAT(denial(scene), HasSubstr("unscanned images."));
  EXPECT_THAT(denial(scene), Not(HasSubstr("has been asked for")));
}

TEST(DenialMessage, OfAPolicyThatCannotBeRead) {
  Scene scene;
  scene.book.unreadable.push_back({.title = "ScanPolicy/x", .ns = "shop", .error = "spec.mode"});
  EXPECT_THAT(denial(scene), HasSubstr("ScanPolicy/x cannot be read (spec.mode), so that nothing it may be about"));
}

TEST(DenialMessage, OfAForbiddenAnnotationHasThePolicysOwnWordsToo) {
  json spec = deny_high();
  spec["breakGlass"] = {{"annotation", "x.example/glass"}, {"groups", {"oncall"}}};
  spec["message"] = "ask {policy} about \"{image}\"";
  Scene scene;
  scene.question.images.clear();
  scene.question.subject.annotations = {{"x.example/glass", "INC-7"}};
  scene.question.request = Request{.user = "bob", .groups = {}, .annotations_before = {}};
  scene.with(policy_of(spec));
  EXPECT_THAT(denial(scene), HasSubstr("ClusterScanPolicy/default denies this: only members"));
  EXPECT_THAT(denial(scene), HasSubstr("ask ClusterScanPolicy/default about \"\""));
}

TEST(DenialMessage, CarriesThePolicysOwnWords) {
  json spec = deny_high();
  spec["message"] = "Ask #security.";
  Scene scene({npm("CVE-1", "a", "1", "2")});
  scene.with(policy_of(spec));
  EXPECT_THAT(denial(scene), EndsWith("\nAsk #security."));
}

TEST(DenialMessage, FillsInWhatThePolicysWordsAskFor) {
  json spec = deny_high();
  spec["message"] = "{namespace}: {count} in {image} by {policy}/{rule}, {unknown} {{count} {";
  Scene scene({npm("CVE-1", "a", "1", "2")});
  scene.image().written = "web\x1b[2J{rule}";
  scene.with(policy_of(spec));
  EXPECT_THAT(denial(scene),
              EndsWith("\nshop: 1 in web\\u{1b}[2J{rule} by ClusterScanPolicy/default/high, {unknown} {1 {"));
}

TEST(DenialMessage, EndsWithWhatFindsTheDecisionAgain) {
  Scene scene({npm("CVE-1", "a", "1", "2")});
  scene.with(policy_of(deny_high()));
  scene.question.id = "3f2a9c1b5e6d";
  EXPECT_THAT(denial(scene), EndsWith("\ndecision 3f2a9c1b5e6d"));
  scene.book.policies.front().generation = 3;
  EXPECT_THAT(denial(scene), EndsWith("\ndecision 3f2a9c1b5e6d: ClusterScanPolicy/default generation 3"));
  scene.question.database_generation = 17;
  EXPECT_THAT(denial(scene), EndsWith("ClusterScanPolicy/default generation 3, database generation 17"));
  scene.question.id.clear();
  EXPECT_THAT(denial(scene), EndsWith("\njudged by ClusterScanPolicy/default generation 3, database generation 17"));
  scene.book.policies.clear();
  EXPECT_EQ(denial(scene), "") << "nothing is denied";
}

TEST(DenialMessage, KeepsTheDecisionsIdWhereItIsCut) {
  std::vector<FindingFacts> findings;
  for (int i = 0; i < 10; ++i)
    findings.push_back(npm("CVE-" + std::to_string(i) + std::string(200, 'x'), std::string(200, 'p'), "1", "2"));
  Scene scene(findings);
  for (int i = 0; i < 5; ++i) scene.add_image("registry:5000/" + std::string(200, 'i') + ":1", findings);
  scene.with(policy_of(deny_high()));
  scene.question.id = "3f2a9c1b5e6d";
  for (int i = 0; i < 9; ++i) {
    scene.with(policy_of(deny_high(), "p" + std::to_string(i)));
    scene.book.policies.back().generation = 1;
  }
  EXPECT_THAT(denial(scene), HasSubstr("...\ndecision 3f2a9c1b5e6d: ClusterScanPolicy/p0 generation 1, "));
  EXPECT_LE(denial(scene).size(), kMessageBytesMax);
}

TEST(DenialMessage, TextFromOutsideCannotPaintTheTerminal) {
  Scene scene({npm("CVE-1\x1b[31m", "evil\n  Critical x", "1\x1b]0;t\x07", "2")});
  scene.image().written = "web\x1b[2J";
  scene.with(policy_of(deny_high()));
  EXPECT_THAT(denial(scene), Not(HasSubstr("\x1b")));
  EXPECT_THAT(denial(scene), Not(HasSubstr("\n  Critical x")));
}

TEST(DenialMessage, IsBoundedForAnyNumberOfImages) {
  Scene scene;
  scene.question.images.clear();
  for (int i = 0; i < 200; ++i) {
    std::vector<FindingFacts> findings;
    for (int j = 0; j < 50; ++j)
      findings.push_back(npm("CVE-" + std::string(100, 'x') + std::to_string(j), std::string(150, 'p'), "1", "2"));
    scene.add_image("registry:5000/" + std::string(100, 'i') + std::to_string(i) + ":1", findings);
  }
  scene.with(policy_of(deny_high()));
  EXPECT_LE(denial(scene).size(), kMessageBytesMax);
}

TEST(DenialMessage, TellsOfEachDeniedImageOnce) {
  Scene scene({npm("CVE-1", "a", "1", "2")});
  scene.manifest().complete = false;
  scene.add_image("registry:5000/api:1", {npm("CVE-2", "b", "1", "2")});
  scene.with(policy_of(deny_high()));
  const std::string message = denial(scene);
  EXPECT_THAT(message, HasSubstr("image registry:5000/web:1"));
  EXPECT_THAT(message, HasSubstr("\nimage registry:5000/api:1"));
  EXPECT_THAT(message, Not(HasSubstr("could not be looked at"))) << "the findings are the stronger word";
}

TEST(Warnings, AreShortLines) {
  json spec = deny_high();
  spec["mode"] = "Warn";
  Scene scene({npm("CVE-1", "a", "1", "2")});
  scene.manifest().complete = false;
  scene.with(policy_of(spec));
  const std::vector<std::string> lines = warnings(scene.decide(), scene.question);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0], HasSubstr("first CVE-1 in a"));
  EXPECT_THAT(lines[1], HasSubstr("could not be looked at wholly"));
  for (const std::string& line : lines) EXPECT_LE(line.size(), kWarningBytesMax);
}

TEST(Warnings, AreSixteenAtMost) {
  Scene scene;
  for (int i = 0; i < 20; ++i) {
    scene.add_image("registry:5000/w" + std::to_string(i) + ":1", {finding("CVE-1", Severity::kHigh)});
  }
  json spec = deny_high();
  spec["mode"] = "Warn";
  scene.with(policy_of(spec));
  EXPECT_EQ(warnings(scene.decide(), scene.question).size(), 16U);
}

TEST(Warnings, TellNoFindingOfAnImageThatTheNamespaceHasNotProved) {
  Scene scene({finding("CVE-1", Severity::kHigh)});
  scene.image().proof = Proof::kUnproved;
  json spec = deny_high();
  spec["mode"] = "Warn";
  scene.with(policy_of(spec));
  EXPECT_THAT(warnings(scene.decide(), scene.question), ::testing::ElementsAre(Not(HasSubstr("CVE-1"))));
}

TEST(Warnings, SayThatGlassWasBroken) {
  json spec = deny_high();
  spec["breakGlass"] = {{"annotation", "shop.example/emergency"}, {"groups", {"oncall"}}};
  Scene scene({npm("CVE-1", "a", "1", "2")});
  scene.question.subject.annotations = {{"shop.example/emergency", "INC-7\x1b[2J"}};
  scene.with(policy_of(spec));
  EXPECT_THAT(
      warnings(scene.decide(), scene.question),
      ::testing::ElementsAre(::testing::StartsWith("break-glass (INC-7\\u{1b}[2J): ClusterScanPolicy/default rule")));
}

TEST(Warnings, ThereAreNoneForWhatDenies) {
  Scene scene({npm("CVE-1", "a", "1", "2")});
  scene.with(policy_of(deny_high()));
  EXPECT_TRUE(warnings(scene.decide(), scene.question).empty());
}

}  // namespace
}  // namespace policy

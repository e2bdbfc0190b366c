#include "admission/review_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/admission/reviews.h"

namespace admission {
namespace {

using crds::Severity;
using crds::Verdict;
using nlohmann::json;
using testing::deny_high;
using testing::FedView;
using ::testing::HasSubstr;
using testing::kAmd64;
using testing::kArm64;
using testing::kIndex;
using testing::kNow;
using testing::namespace_object;
using testing::node_object;
using ::testing::Not;
using testing::pod;
using testing::policy_object;
using testing::report_object;
using testing::Request;
using testing::review_of;
using testing::row;
using testing::scan_object;

// A cluster with namespace shop, the policy that denies High, and registry:5000/web:1 scanned with one High finding.
class ReviewHandler : public ::testing::Test {
 protected:
  ReviewHandler() {
    fed_.list_nothing();
    fed_.apply(namespace_object("shop"));
    fed_.apply(policy_object(deny_high()));
    fed_.apply(scan_object({}));
    fed_.apply(report_object(kAmd64, {row("CVE-2021-23337", Severity::kHigh)}));
  }
  Judgement judged(const Request& request) { return judge(review_of(request), fed_.view(), kNow); }
  Judgement judged_pod(const std::string& image) { return judged({.object = pod({image})}); }

  FedView fed_;
};

TEST_F(ReviewHandler, APodWithAFindingIsDeniedWithItsFinding) {
  const Judgement judgement = judged({});
  EXPECT_FALSE(judgement.answer.allowed);
  EXPECT_EQ(judgement.answer.uid, "u-1");
  EXPECT_EQ(judgement.answer.code, 403);
  EXPECT_THAT(judgement.answer.message, HasSubstr("High     CVE-2021-23337 lodash 4.17.20, fixed in 4.17.21"));
  EXPECT_EQ(judgement.cause, "findings");
  EXPECT_EQ(judgement.denied_by, std::vector<std::string>{"ClusterScanPolicy/default"});
  EXPECT_TRUE(judgement.wishes.empty());
  EXPECT_EQ(judgement.answer.audit_annotations.at("decision"), "deny");
  EXPECT_EQ(judgement.answer.audit_annotations.at("reasons"), "ClusterScanPolicy/default/high findings");
}

TEST_F(ReviewHandler, WhatIsKnownForTooLongDoesNotCountAsAScan) {
  fed_.apply(report_object(kAmd64, {}));
  fed_.view().set_age(std::chrono::hours(2));
  const Judgement judgement = judged({});
  EXPECT_FALSE(judgement.answer.allowed);
  EXPECT_EQ(judgement.cause, "unscanned");
  EXPECT_THAT(judgement.answer.message, HasSubstr("the API server has not been heard for 7200 s"));

  fed_.view().set_age(std::chrono::seconds(3));
  EXPECT_TRUE(judged({}).answer.allowed);
}

TEST_F(ReviewHandler, FindingsThatAreKnownForTooLongStillDeny) {
  fed_.view().set_age(std::chrono::hours(2));
  EXPECT_THAT(judged({}).answer.message, HasSubstr("CVE-2021-23337"));
}

TEST_F(ReviewHandler, APodOfAMendedImageIsAllowed) {
  fed_.apply(report_object(kAmd64, {row("CVE-1", Severity::kLow)}));
  const Judgement judgement = judged({});
  EXPECT_TRUE(judgement.answer.allowed);
  EXPECT_EQ(judgement.cause, "passed");
}

TEST_F(ReviewHandler, WithoutAPolicyNothingIsAskedForNorDenied) {
  fed_.remove(policy_object(deny_high()));
  const Judgement judgement = judged_pod("registry:5000/unknown:1");
  EXPECT_TRUE(judgement.answer.allowed);
  EXPECT_EQ(judgement.cause, "no_policy");
  EXPECT_TRUE(judgement.wishes.empty());
}

TEST_F(ReviewHandler, AnExceptionLetsItInAndItsDeletionShutsItOut) {
  const json exception{{"kind", "FindingException"},
                       {"metadata", {{"name", "e"}, {"namespace", "shop"}}},
                       {"spec",
                        {{"vulnerabilities", {{{"id", "CVE-2021-23337"}, {"status", "accepted"}}}},
                         {"expiresAt", "2026-06-01T12:00:01Z"}}}};
  fed_.apply(exception);
  EXPECT_TRUE(judged({}).answer.allowed);
  EXPECT_FALSE(judge(review_of({}), fed_.view(), kNow + std::chrono::seconds(1)).answer.allowed) << "expired";
  fed_.remove(exception);
  EXPECT_FALSE(judged({}).answer.allowed);
}

TEST_F(ReviewHandler, AnUnknownImageIsDeniedAndItsScanAskedFor) {
  json object = pod({"registry:5000/api:2"});
  object["spec"]["imagePullSecrets"] = {{{"name", "login"}}};
  const Judgement judgement = judged({.object = object});
  EXPECT_FALSE(judgement.answer.allowed);
  EXPECT_EQ(judgement.cause, "unscanned");
  ASSERT_EQ(judgement.wishes.size(), 1U);
  const ScanWish& wish = judgement.wishes.front();
  EXPECT_EQ(wish.ns, "shop");
  EXPECT_EQ(wish.image, "registry:5000/api:2");
  EXPECT_EQ(wish.name, crds::image_scan_name(base::parse_image_reference("registry:5000/api:2")));
  EXPECT_EQ(wish.pull_secrets, std::vector<std::string>{"login"});
  EXPECT_EQ(wish.kind, WishKind::kScan);
  EXPECT_THAT(judgement.answer.message, HasSubstr(wish.name));
}

TEST_F(ReviewHandler, ADryRunAsksForNothing) {
  Request request{.object = pod({"registry:5000/api:2"}), .dry_run = true};
  const Judgement judgement = judged(request);
  EXPECT_FALSE(judgement.answer.allowed);
  EXPECT_TRUE(judgement.wishes.empty());
}

TEST_F(ReviewHandler, ATemplatesPullSecretsAreItsAccounts) {
  fed_.apply({{"kind", "ServiceAccount"},
              {"metadata", {{"name", "default"}, {"namespace", "shop"}}},
              {"imagePullSecrets", {{{"name", "from-account"}}}}});
  const json object{{"spec", {{"template", pod({"registry:5000/api:2"})}}}};
  const Judgement judgement = judged({.group = "apps", .resource = "deployments", .object = object});
  ASSERT_EQ(judgement.wishes.size(), 1U);
  EXPECT_EQ(judgement.wishes.front().pull_secrets, std::vector<std::string>{"from-account"});
}

TEST_F(ReviewHandler, ADeploymentIsWarnedAbout) {
  const json object{{"spec", {{"template", pod({"registry:5000/web:1"})}}}};
  const Judgement judgement = judged({.group = "apps", .resource = "deployments", .object = object});
  EXPECT_TRUE(judgement.answer.allowed);
  ASSERT_EQ(judgement.answer.warnings.size(), 1U);
  EXPECT_THAT(judgement.answer.warnings.front(), HasSubstr("CVE-2021-23337"));
}

TEST_F(ReviewHandler, EveryImageFieldIsJudged) {
  const auto with = [](const char* list, const json& item) {
    json object = pod({"registry:5000/clean:1"});
    object["spec"][list] = json::array({item});
    return object;
  };
  fed_.apply(scan_object({.name = "clean",
                          .image = "registry:5000/clean:1",
                          .digest = kArm64,
                          .platforms = {{"linux/amd64", kArm64, ""}}}));
  fed_.apply(report_object(kArm64, {}));
  EXPECT_TRUE(judged_pod("registry:5000/clean:1").answer.allowed);
  const json container{{"name", "x"}, {"image", "registry:5000/web:1"}};
  const json volume{{"name", "x"}, {"image", {{"reference", "registry:5000/web:1"}}}};
  EXPECT_FALSE(judged({.object = with("initContainers", container)}).answer.allowed);
  EXPECT_FALSE(judged({.object = with("ephemeralContainers", container)}).answer.allowed);
  EXPECT_FALSE(judged({.object = with("volumes", volume)}).answer.allowed);
}

TEST_F(ReviewHandler, AnUpdateOfLabelsPasses) {
  json labelled = pod({"registry:5000/web:1"});
  labelled["metadata"]["labels"]["more"] = "x";
  const Judgement judgement =
      judged({.operation = "UPDATE", .object = labelled, .old_object = pod({"registry:5000/web:1"})});
  EXPECT_TRUE(judgement.answer.allowed);
  EXPECT_EQ(judgement.cause, "no_new_image");
}

TEST_F(ReviewHandler, AnEphemeralContainerOfARunningImageIsJudged) {
  json object = pod({"registry:5000/web:1"});
  object["spec"]["ephemeralContainers"] = {{{"name", "debug"}, {"image", "registry:5000/web:1"}}};
  const Judgement judgement = judged({.operation = "UPDATE",
                                      .subresource = "ephemeralcontainers",
                                      .object = object,
                                      .old_object = pod({"registry:5000/web:1"})});
  EXPECT_FALSE(judgement.answer.allowed);
}

TEST_F(ReviewHandler, DeletionsPass) {
  EXPECT_TRUE(judged({.operation = "DELETE", .object = nullptr, .old_object = pod({"x"})}).answer.allowed);
}

TEST_F(ReviewHandler, AResourceWithoutImagesPassesWithAWarning) {
  const Judgement judgement = judged({.resource = "services"});
  EXPECT_TRUE(judgement.answer.allowed);
  EXPECT_EQ(judgement.answer.warnings.size(), 1U);
}

TEST_F(ReviewHandler, WhatIsNoReferenceIsDenied) {
  for (const std::string image : {"", " ", "registry:5000/Web:1", "web:1 ", "web@sha256:abc", "web@sha512:0", "a:b:c",
                                  "w\xd0\xb5"
                                  "b:1",
                                  "https://registry/web:1"}) {
    const Judgement judgement = judged_pod(image);
    EXPECT_FALSE(judgement.answer.allowed) << image;
    EXPECT_EQ(judgement.cause, "invalid_reference") << image;
    EXPECT_TRUE(judgement.wishes.empty()) << image;
  }
}

TEST_F(ReviewHandler, OnlyAKubeletsMirrorOfAStaticPodIsAReport) {
  const std::string kubelet = "system:node:n1";
  const std::vector<std::string> nodes{"system:nodes", "system:authenticated"};
  struct Row {
    const char* name;
    std::string user;
    std::vector<std::string> groups;
    bool mirror;
    const char* operation;
    bool allowed;
  };
  for (const Row& row : {Row{"a kubelet's mirror", kubelet, nodes, true, "CREATE", true},
                         Row{"a kubelet's other pod", kubelet, nodes, false, "CREATE", false},
                         Row{"a kubelet's update", kubelet, nodes, true, "UPDATE", false},
                         Row{"a person", "jo", {"dev"}, true, "CREATE", false},
                         Row{"a person of that name", kubelet, {"dev"}, true, "CREATE", false},
                         Row{"a person of that group", "jo", nodes, true, "CREATE", false},
                         Row{"nobody", "", {}, true, "CREATE", false}}) {
    json object = pod({"registry:5000/web:1"});
    if (row.mirror) object["metadata"]["annotations"]["kubernetes.io/config.mirror"] = "0a1b";
    const Judgement judgement = judged({.operation = row.operation,
                                        .object = object,
                                        .old_object = pod({"registry:5000/web:0"}),
                                        .user = row.user,
                                        .groups = row.groups});
    EXPECT_EQ(judgement.answer.allowed, row.allowed) << row.name;
    EXPECT_EQ(judgement.cause, row.allowed ? "static_pod" : "findings") << row.name;
  }
}

TEST_F(ReviewHandler, ATemplateMayLeaveAnImageEmpty) {
  const json object{{"spec", {{"template", pod({""})}}}};
  EXPECT_TRUE(judged({.group = "apps", .resource = "deployments", .object = object}).answer.allowed);
}

TEST_F(ReviewHandler, WhatIsNoReferenceIsToldWithItsPlaceAndTheRule) {
  const std::string bad = "registry:5000/we\u0430b:1";  // with a Cyrillic letter
  struct Row {
    const char* pointer;
    json value;
    const char* place;
  };
  for (const Row& row :
       {Row{"/spec/containers/0/image", bad, "container \"c0\" (containers[].image)"},
        Row{"/spec/initContainers", {{{"name", "i"}, {"image", bad}}}, "init container \"i\" (initContainers[].image)"},
        Row{"/spec/ephemeralContainers",
            {{{"name", "d"}, {"image", bad}}},
            "ephemeral container \"d\" (ephemeralContainers[].image)"},
        Row{"/spec/volumes",
            {{{"name", "m"}, {"image", {{"reference", bad}}}}},
            "volume \"m\" (volumes[].image.reference)"}}) {
    json object = pod({"registry:5000/web:1"});
    object[json::json_pointer(row.pointer)] = row.value;
    const Judgement judgement = judged({.object = object});
    EXPECT_FALSE(judgement.answer.allowed) << row.place;
    EXPECT_THAT(judgement.answer.message,
                HasSubstr(" of " + std::string(row.place) +
                          " is not an image reference: image reference \"registry:5000/we\\xd0\\xb0"
                          "b:1\": "));
    EXPECT_THAT(judgement.answer.message, HasSubstr("only printable ASCII without spaces is allowed"));
  }
}

TEST_F(ReviewHandler, TheDigestDecidesWhateverTheTagSays) {
  fed_.apply(report_object(kArm64, {}));
  EXPECT_TRUE(judged_pod("registry:5000/web:1@" + kArm64).answer.allowed);
  EXPECT_FALSE(judged_pod("registry:5000/other:9@" + kAmd64).answer.allowed);
  EXPECT_FALSE(judged_pod("registry:5000/web@" + kAmd64).answer.allowed);
}

TEST_F(ReviewHandler, ATagOfAnotherNamespaceSaysNothing) {
  fed_.apply(namespace_object("bank"));
  const Judgement judgement = judged({.ns = "bank"});
  EXPECT_EQ(judgement.cause, "unscanned");
  EXPECT_THAT(judgement.answer.message, Not(HasSubstr("CVE-")));
}

TEST_F(ReviewHandler, ADigestThatTheNamespaceHasNotProvedShowsNoFindings) {
  fed_.apply(namespace_object("bank"));
  const Judgement judgement = judged({.ns = "bank", .object = pod({"registry:5000/web@" + kAmd64})});
  EXPECT_FALSE(judgement.answer.allowed);
  EXPECT_EQ(judgement.cause, "findings");
  EXPECT_THAT(judgement.answer.message, Not(HasSubstr("CVE-")));
  ASSERT_EQ(judgement.wishes.size(), 1U) << "its own ImageScan is made";
  EXPECT_THAT(judgement.answer.message, HasSubstr(judgement.wishes.front().name));
}

TEST_F(ReviewHandler, AnOldTagIsUnscannedAndResolvedAgain) {
  fed_.apply(scan_object({.resolved_at = "2026-06-01T11:00:00Z"}));
  const Judgement judgement = judged({});
  EXPECT_EQ(judgement.cause, "unscanned");
  ASSERT_EQ(judgement.wishes.size(), 1U);
  EXPECT_EQ(judgement.wishes.front().kind, WishKind::kResolveAgain);
  EXPECT_EQ(judgement.wishes.front().name, "web") << "the person's own ImageScan";
}

TEST_F(ReviewHandler, TheScanThatWasResolvedLastCounts) {
  fed_.apply(report_object(kArm64, {}));
  fed_.apply(scan_object({.name = "newer",
                          .digest = kArm64,
                          .resolved_at = "2026-06-01T11:59:30Z",
                          .platforms = {{"linux/amd64", kArm64, ""}}}));
  EXPECT_TRUE(judged({}).answer.allowed);
}

TEST_F(ReviewHandler, AStatusOfAnOlderSpecSaysNothing) {
  fed_.apply(scan_object({.wanted_platforms = {}, .observed_generation = 0}));
  EXPECT_EQ(judged({}).cause, "unscanned");
}

TEST_F(ReviewHandler, AScanInProgressIsNotAskedForAgain) {
  fed_.apply(scan_object({.digest = ""}));
  EXPECT_EQ(judged({}).cause, "unscanned");
  EXPECT_TRUE(judged({}).wishes.empty());
}

TEST_F(ReviewHandler, AScanInProgressWithoutThePodsSecretsGetsThem) {
  fed_.apply(scan_object({.digest = ""}));
  json object = pod({"registry:5000/web:1"});
  object["spec"]["imagePullSecrets"] = {{{"name", "login"}}};
  EXPECT_EQ(judged({.object = object}).wishes.size(), 1U);
}

TEST_F(ReviewHandler, ANamespaceThatIsNotKnownMatchesEveryClusterPolicy) {
  json spec = deny_high();
  spec["match"] = {{"namespaceSelector", {{"matchLabels", {{"enforced", "yes"}}}}}};
  fed_.apply(policy_object(spec));
  EXPECT_TRUE(judged({}).answer.allowed) << "shop is known and not selected";
  fed_.remove(namespace_object("shop"));
  EXPECT_FALSE(judged({}).answer.allowed);
}

TEST_F(ReviewHandler, AnUnreadableReportIsIncompleteAndNeverClean) {
  json report = report_object(kAmd64, {});
  report["spec"]["vulnerabilities"] = "not rows";
  fed_.apply(report);
  EXPECT_FALSE(judged({}).answer.allowed);
  json spec = deny_high();
  spec["unscanned"] = {{"action", "Allow"}};
  fed_.apply(policy_object(spec));
  EXPECT_EQ(judged({}).cause, "incomplete");
  fed_.remove(report);
  EXPECT_EQ(judged({}).cause, "passed") << "unscanned, which this policy allows";
  fed_.apply(report_object(kAmd64, {}));
  EXPECT_TRUE(judged({}).answer.allowed) << "mended";
}

TEST_F(ReviewHandler, AReportThatWasNotMatchedIsUnscanned) {
  json report = report_object(kAmd64, {});
  report["spec"].erase("databaseGeneration");
  fed_.apply(report);
  EXPECT_EQ(judged({}).cause, "unscanned");
}

TEST_F(ReviewHandler, AnUnreadablePolicyDenies) {
  fed_.apply(policy_object({{"mode", "Future"}}, "new", "shop"));
  fed_.apply(report_object(kAmd64, {}));
  const Judgement judgement = judged({});
  EXPECT_EQ(judgement.cause, "unreadable_policy");
  EXPECT_THAT(judgement.answer.message, HasSubstr("ScanPolicy/new"));
}

// The index of registry:5000/web:1 has a clean amd64 manifest and an arm64 one with a finding.
class ReviewHandlerOfAnIndex : public ReviewHandler {
 protected:
  ReviewHandlerOfAnIndex() {
    fed_.apply(report_object(kAmd64, {}));
    fed_.apply(report_object(kArm64, {row("CVE-1", Severity::kHigh)}));
    index({{"linux/amd64", kAmd64, ""}, {"linux/arm64/v8", kArm64, ""}});
  }
  void index(std::vector<crds::ScannedPlatform> platforms, std::vector<std::string> wanted = {}) {
    fed_.apply(
        scan_object({.digest = kIndex, .platforms = std::move(platforms), .wanted_platforms = std::move(wanted)}));
  }
};

TEST_F(ReviewHandlerOfAnIndex, IsJudgedByThePlatformsOfTheNodes) {
  EXPECT_FALSE(judged({}).answer.allowed) << "no node is known: all of them";
  fed_.apply(node_object("n1", "amd64"));
  EXPECT_TRUE(judged({}).answer.allowed);
  fed_.apply(node_object("n2", "arm64"));
  EXPECT_FALSE(judged({}).answer.allowed) << "the strictest wins";
}

TEST_F(ReviewHandlerOfAnIndex, ThePodsNodeSelectorNarrowsThem) {
  fed_.apply(node_object("n1", "amd64"));
  fed_.apply(node_object("n2", "arm64"));
  json object = pod({"registry:5000/web:1"});
  object["spec"]["nodeSelector"] = {{"kubernetes.io/arch", "amd64"}};
  EXPECT_TRUE(judged({.object = object}).answer.allowed);
  object["spec"]["nodeSelector"] = {{"kubernetes.io/arch", "arm64"}};
  EXPECT_FALSE(judged({.object = object}).answer.allowed);
}

TEST_F(ReviewHandlerOfAnIndex, APlatformWithoutAReportIsUnscanned) {
  fed_.apply(node_object("n1", "amd64"));
  fed_.apply(node_object("n2", "s390x"));
  index({{"linux/amd64", kAmd64, ""}, {"linux/s390x", "sha256:" + std::string(64, 'd'), ""}});
  const Judgement judgement = judged({});
  EXPECT_EQ(judgement.cause, "unscanned");
  EXPECT_THAT(judgement.answer.message, HasSubstr("linux/s390x"));
}

TEST_F(ReviewHandlerOfAnIndex, APlatformThatTheIndexLacksIsNoMatterOnceItWasLookedFor) {
  fed_.apply(node_object("n1", "amd64"));
  fed_.apply(node_object("n2", "s390x"));
  index({{"linux/amd64", kAmd64, ""}});
  EXPECT_TRUE(judged({}).answer.allowed);
}

TEST_F(ReviewHandlerOfAnIndex, ANodeThatCameAfterTheResolutionMakesItUnscanned) {
  fed_.apply(node_object("n1", "amd64"));
  fed_.apply(node_object("n2", "s390x", "2026-06-01T11:59:30Z"));
  index({{"linux/amd64", kAmd64, ""}});
  EXPECT_EQ(judged({}).cause, "unscanned");
}

TEST_F(ReviewHandlerOfAnIndex, AScanOfChosenPlatformsDoesNotSpeakForTheOthers) {
  fed_.apply(node_object("n1", "amd64"));
  fed_.apply(node_object("n2", "arm64"));
  index({{"linux/amd64", kAmd64, ""}}, {"linux/amd64"});
  EXPECT_EQ(judged({}).cause, "unscanned");
}

TEST_F(ReviewHandlerOfAnIndex, ByItsDigestIsJudgedTheSameWay) {
  fed_.apply(node_object("n1", "arm64"));
  EXPECT_FALSE(judged_pod("registry:5000/web@" + kIndex).answer.allowed);
  fed_.remove(node_object("n1", "arm64"));
  fed_.apply(node_object("n1", "amd64"));
  EXPECT_TRUE(judged_pod("registry:5000/web@" + kIndex).answer.allowed);
}

TEST_F(ReviewHandlerOfAnIndex, AnUnknownDigestIsUnscanned) {
  EXPECT_EQ(judged_pod("registry:5000/web@sha256:" + std::string(64, 'e')).cause, "unscanned");
}

}  // namespace
}  // namespace admission

// What runs under an owner, and what ratchet, continuity and the grace since the first sighting make of it.
#include "admission/running_images.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "admission/limits.h"
#include "base/digest.h"
#include "crds/finding.h"
#include "tests/admission/reviews.h"

namespace admission {
namespace {

using crds::Severity;
using nlohmann::json;
using testing::deny_high;
using ::testing::ElementsAre;
using testing::FedView;
using ::testing::IsEmpty;
using testing::kAmd64;
using testing::kArm64;
using testing::kNow;
using testing::namespace_object;
using testing::pod;
using testing::policy_object;
using testing::report_object;
using testing::Request;
using testing::review_json;
using testing::row;
using testing::scan_object;

const std::string kReplicaSets = "system:serviceaccount:kube-system:replicaset-controller";
const Owner kWeb{"shop", "Deployment", "web"};

// A pod of Deployment web, made by its ReplicaSet.
json owned(json object, const std::string& name = "web-7d9f-x1") {
  object["kind"] = "Pod";
  object["metadata"]["name"] = name;
  object["metadata"]["namespace"] = "shop";
  object["metadata"]["labels"]["pod-template-hash"] = "7d9f";
  object["metadata"]["ownerReferences"] = {{{"kind", "ReplicaSet"}, {"name", "web-7d9f"}, {"controller", true}}};
  return object;
}

json running(json object, const std::string& digest, const std::string& since = "2026-05-20T00:00:00Z") {
  object["status"] = {{"startTime", since},
                      {"containerStatuses",
                       {{{"name", "c0"},
                         {"imageID", "registry:5000/web@" + digest},
                         {"state", {{"running", {{"startedAt", since}}}}}}}}};
  return object;
}

RunningImages::Pod facts(const json& object) {
  return std::make_shared<const PodFacts>(decode_pod(object));
}

TEST(OwnerOf, IsTheDeploymentOfAReplicaSet) {
  EXPECT_EQ(owner_of("shop", "ReplicaSet", "web-7d9f", {{"pod-template-hash", "7d9f"}}), kWeb);
  EXPECT_EQ(owner_of("shop", "ReplicaSet", "web-7d9f", {}), (Owner{"shop", "ReplicaSet", "web-7d9f"}));
  EXPECT_EQ(owner_of("shop", "ReplicaSet", "web", {{"pod-template-hash", "7d9f"}}),
            (Owner{"shop", "ReplicaSet", "web"}));
  EXPECT_EQ(owner_of("shop", "StatefulSet", "db", {}), (Owner{"shop", "StatefulSet", "db"}));
}

TEST(DecodePod, TakesWhatRunsOfAPodThatSomebodyOwns) {
  const PodFacts read = decode_pod(running(owned(pod({"registry:5000/web:1"})), kAmd64));
  EXPECT_EQ(read.owner, kWeb);
  EXPECT_EQ(read.since, base::parse_rfc3339("2026-05-20T00:00:00Z"));
  EXPECT_THAT(read.running, ElementsAre(std::pair<std::string, std::string>("c0", kAmd64)));
}

TEST(DecodePod, PassesOverWhatDoesNotRun) {
  json waits = running(owned(pod({"registry:5000/web:1"})), kAmd64);
  waits["status"]["containerStatuses"][0]["state"] = {{"waiting", {{"reason", "ImagePullBackOff"}}}};
  EXPECT_THAT(decode_pod(waits).running, IsEmpty());
  json odd = owned(pod({"registry:5000/web:1"}));
  odd["status"] = {{"containerStatuses", "none"}};
  EXPECT_THAT(decode_pod(odd).running, IsEmpty());
  json of_two = running(owned(pod({"registry:5000/web:1"})), kAmd64);
  of_two["metadata"]["ownerReferences"].push_back({{"kind", "Job"}, {"name", "x"}});
  EXPECT_EQ(decode_pod(of_two).owner, std::nullopt);
}

TEST(RunningImages, KnowTheDigestsOfAContainerWhileItRuns) {
  RunningImages images;
  const auto one = facts(running(owned(pod({"a"}), "web-7d9f-1"), kAmd64));
  const auto other = facts(running(owned(pod({"a"}), "web-7d9f-2"), kArm64));
  images.replace(nullptr, one);
  images.replace(nullptr, other);
  EXPECT_THAT(images.digests_in(kWeb, "c0"), ElementsAre(kAmd64, kArm64));
  EXPECT_THAT(images.digests_in(kWeb, "c1"), IsEmpty());
  EXPECT_THAT(images.digests_in({"bank", "Deployment", "web"}, "c0"), IsEmpty());
  images.replace(other, nullptr);
  EXPECT_THAT(images.digests_in(kWeb, "c0"), ElementsAre(kAmd64));
}

TEST(RunningImages, RememberSinceWhenADigestRanWhenItsLastPodIsGone) {
  RunningImages images;
  const auto first = facts(running(owned(pod({"a"}), "web-7d9f-1"), kAmd64, "2026-05-01T00:00:00Z"));
  const auto second = facts(running(owned(pod({"a"}), "web-7d9f-2"), kAmd64, "2026-05-20T00:00:00Z"));
  images.replace(nullptr, first);
  images.replace(first, nullptr);
  images.replace(nullptr, second);
  EXPECT_EQ(images.since(kWeb, {kAmd64}), base::parse_rfc3339("2026-05-01T00:00:00Z"));
  images.replace(second, nullptr);
  EXPECT_EQ(images.since(kWeb, {kArm64, kAmd64}), base::parse_rfc3339("2026-05-01T00:00:00Z"));
  EXPECT_EQ(images.since(kWeb, {kArm64}), std::nullopt);
}

TEST(RunningImages, WhatIsRememberedIsBounded) {
  RunningImages images;
  for (std::size_t i = 0; i < 3 * kGoneDigestsOfAnOwnerMax; ++i) {
    const std::string digest = base::Digest::of(std::to_string(i)).text();
    const auto one = facts(running(owned(pod({"a"})), digest));
    images.replace(nullptr, one);
    images.replace(one, nullptr);
  }
  std::size_t remembered = 0;
  for (std::size_t i = 0; i < 3 * kGoneDigestsOfAnOwnerMax; ++i) {
    remembered += images.since(kWeb, {base::Digest::of(std::to_string(i)).text()}) ? 1 : 0;
  }
  EXPECT_EQ(remembered, kGoneDigestsOfAnOwnerMax);
}

// Namespace shop, in which registry:5000/web:1 (kAmd64) has a High finding.
class ComparedWithRunning : public ::testing::Test {
 protected:
  explicit ComparedWithRunning() {
    fed_.list_nothing();
    fed_.apply(namespace_object("shop"));
    fed_.apply(scan_object({}));
    fed_.apply(report_object(kAmd64, {row("CVE-1", Severity::kHigh)}));
  }
  void set_policy(const std::string& field, const json& value) {
    json spec = deny_high();
    spec[field] = value;
    fed_.apply(policy_object(spec));
  }
  void see_finding_at(const std::string& first_seen) {
    const std::string name = crds::finding_name({.id = "CVE-1", .package_type = "npm", .source_package = "lodash"});
    fed_.apply({{"kind", "Finding"},
                {"metadata", {{"name", name}, {"namespace", "shop"}}},
                {"status", {{"state", "Open"}, {"firstSeen", first_seen}}}});
  }
  bool admitted(const std::string& user = kReplicaSets) {
    json review = review_json({.object = owned(pod({"registry:5000/web:1"}), "web-7d9f-new")});
    review["request"]["userInfo"] = {{"username", user}};
    std::string uid;
    return judge(decode_review(review.dump(), policy::kubernetes_workload_kinds(), uid), fed_.view(), kNow)
        .answer.allowed;
  }

  FedView fed_;
};

TEST_F(ComparedWithRunning, RatchetLetsInWhatIsNoWorse) {
  set_policy("ratchet", true);
  EXPECT_FALSE(admitted()) << "nothing runs";
  fed_.apply(report_object(kArm64, {row("CVE-1", Severity::kHigh), row("CVE-2", Severity::kHigh)}));
  fed_.apply(running(owned(pod({"registry:5000/web:0"})), kArm64));
  EXPECT_TRUE(admitted());
  EXPECT_FALSE(admitted("bob")) << "who could name any owner";
  fed_.apply(report_object(kAmd64, {row("CVE-1", Severity::kHigh), row("CVE-3", Severity::kHigh)}));
  EXPECT_FALSE(admitted());
}

TEST_F(ComparedWithRunning, RatchetJudgesTheTemplateByItsOwnPods) {
  json spec = deny_high();
  spec["ratchet"] = true;
  spec["controllersMode"] = "Deny";
  fed_.apply(policy_object(spec));
  json review = review_json(
      {.group = "apps", .resource = "deployments", .object = {{"spec", {{"template", pod({"registry:5000/web:1"})}}}}});
  std::string uid;
  const auto allowed = [&] {
    return judge(decode_review(review.dump(), policy::kubernetes_workload_kinds(), uid), fed_.view(), kNow)
        .answer.allowed;
  };
  EXPECT_FALSE(allowed());
  fed_.apply(running(owned(pod({"registry:5000/web:1"})), kAmd64));
  EXPECT_TRUE(allowed());
}

TEST_F(ComparedWithRunning, ContinuityLetsADigestRunOn) {
  set_policy("continuity", {{"window", "24h"}});
  const json before = running(owned(pod({"registry:5000/web:1"})), kAmd64, "2026-05-20T00:00:00Z");
  fed_.apply(before);
  EXPECT_FALSE(admitted()) << "since when the finding is known, is not known";
  see_finding_at("2026-06-01T06:00:00Z");
  EXPECT_TRUE(admitted());
  fed_.remove(before);
  EXPECT_TRUE(admitted()) << "its last pod is gone";
  see_finding_at("2026-05-19T00:00:00Z");
  EXPECT_FALSE(admitted()) << "it was known before that ran";
}

TEST_F(ComparedWithRunning, TheGraceSinceTheFirstSightingIsTheRows) {
  json spec = deny_high();
  spec["rules"][0]["grace"] = {{"sinceFirstSeen", "7d"}};
  fed_.apply(policy_object(spec));
  EXPECT_FALSE(admitted());
  see_finding_at("2026-05-30T00:00:00Z");
  EXPECT_TRUE(admitted());
  see_finding_at("2026-05-20T00:00:00Z");
  EXPECT_FALSE(admitted());
}

}  // namespace
}  // namespace admission

// What runs against what was judged: the condition DigestDrift and the ImageScan of what really runs.
#include "operator/reconcilers/digest_drift.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "crds/object_names.h"
#include "operator/reconcilers/workload_images.h"
#include "operator/reconcilers/workload_reconciler.h"
#include "tests/operator/support/image_scan_fixture.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kIndexDigest = "sha256:" + std::string(64, '1');
const std::string kManifestDigest = "sha256:" + std::string(64, '2');
const std::string kOtherDigest = "sha256:" + std::string(64, '3');
const base::SystemTime kNow{};

crds::ImageScanStatus resolved_status() {
  crds::ImageScanStatus status;
  status.digest = kIndexDigest;
  status.platforms = {{.platform = "linux/amd64", .digest = kManifestDigest, .report = "r"}};
  return status;
}

kubernetes::Condition drift_of(crds::ImageScanStatus status, const std::vector<RunningImage>& running) {
  set_drift(status, running, kNow);
  return *kubernetes::find_condition(status.conditions, crds::kDigestDrift);
}

TEST(DigestDrift, TheIndexAndItsPlatformsAreTheSameImage) {
  const kubernetes::Condition condition =
      drift_of(resolved_status(), {{.pod = "a", .container = "web", .digest = kIndexDigest},
                                   {.pod = "b", .container = "web", .digest = kManifestDigest}});
  EXPECT_EQ(condition.status, "False");
  EXPECT_EQ(condition.reason, "AsResolved");
}

TEST(DigestDrift, AnotherDigestIsToldWithItsPod) {
  const kubernetes::Condition condition =
      drift_of(resolved_status(), {{.pod = "a", .container = "web", .digest = kIndexDigest},
                                   {.pod = "b", .container = "side", .digest = kOtherDigest}});
  EXPECT_EQ(condition.status, "True");
  EXPECT_EQ(condition.reason, "AnotherDigestRuns");
  EXPECT_EQ(condition.message, "pod b container side runs " + kOtherDigest + "; the reference means " + kIndexDigest);
}

TEST(DigestDrift, OfManyThreeAreNamed) {
  std::vector<RunningImage> running;
  for (const char* pod : {"e", "d", "c", "b", "a"}) {
    running.push_back({.pod = pod, .container = "web", .digest = kOtherDigest});
  }
  const std::string message = drift_of(resolved_status(), running).message;
  EXPECT_THAT(message, AllOf(HasSubstr("pod a "), HasSubstr("pod c "), Not(HasSubstr("pod d ")),
                             HasSubstr("and 2 more containers")));
}

TEST(DigestDrift, IsUnknownWhileNothingIsResolvedOrRuns) {
  EXPECT_EQ(drift_of(resolved_status(), {}).status, "Unknown");
  EXPECT_EQ(drift_of({}, {{.pod = "a", .container = "web", .digest = kOtherDigest}}).status, "Unknown");
  EXPECT_THAT(drifted({{.pod = "a", .container = "web", .digest = kOtherDigest}}, {}), IsEmpty());
}

json running_pod(const std::string& image, const std::string& image_id) {
  return {{"metadata", {{"name", "web-1"}, {"namespace", "shop"}}},
          {"spec", {{"containers", {{{"name", "main"}, {"image", image}}}}}},
          {"status", {{"phase", "Running"}, {"containerStatuses", {{{"name", "main"}, {"imageID", image_id}}}}}}};
}

TEST(ReadWorkload, TellsWhatAPodsContainersRun) {
  struct Row {
    const char* name;
    std::string image_id;
    std::string digest;
  };
  for (const Row& row :
       {Row{"a reference", "docker.io/library/nginx@" + kOtherDigest, kOtherDigest},
        Row{"with a scheme", "docker-pullable://nginx@" + kOtherDigest, kOtherDigest},
        Row{"the id of a local image", kOtherDigest, ""}, Row{"not there yet", "", ""},
        Row{"another algorithm", "nginx@sha512:" + std::string(128, 'a'), ""}, Row{"cut", "nginx@sha256:abc", ""}}) {
    const WorkloadImages pod = read_workload("Pod", running_pod("nginx", row.image_id));
    ASSERT_EQ(pod.used->images.size(), 1u);
    EXPECT_EQ(pod.used->images[0].digest, row.digest) << row.name;
  }
}

TEST(ReadWorkload, ContainersOfOneNameInTwoListsAreTwo) {
  json pod = running_pod("nginx", "nginx@" + kOtherDigest);
  pod["spec"]["initContainers"] = {{{"name", "main"}, {"image", "setup"}}};
  pod["spec"]["ephemeralContainers"] = {{{"name", "debug"}, {"image", "tools"}}};
  pod["status"]["initContainerStatuses"] = {{{"name", "main"}, {"imageID", "setup@" + kIndexDigest}}};
  pod["status"]["ephemeralContainerStatuses"] = {{{"name", "debug"}, {"imageID", "tools@" + kManifestDigest}}};
  std::map<std::string, std::string> digests;
  const WorkloadImages workload = read_workload("Pod", pod);
  for (const ContainerImage& image : workload.used->images) digests[image.image] = image.digest;
  EXPECT_EQ(digests, (std::map<std::string, std::string>{
                         {"nginx", kOtherDigest}, {"setup", kIndexDigest}, {"tools", kManifestDigest}}));
}

TEST(ImageUses, KnowsWhoRunsADigestThatATagMeantOnce) {
  ImageUses uses;
  const WorkloadImages pod = read_workload("Pod", running_pod("nginx:1", "docker.io/library/nginx@" + kOtherDigest));
  uses.change(nullptr, &pod);
  const base::ImageReference tag = base::parse_image_reference("nginx:1");
  const std::string other = "docker.io/library/nginx@" + kOtherDigest;

  EXPECT_THAT(uses.running("shop", tag.text()),
              ElementsAre(RunningImage{.pod = "web-1", .container = "main", .digest = kOtherDigest}));
  EXPECT_EQ(uses.used_by("shop", other).pods, 1);
  EXPECT_EQ(uses.workloads("shop", other).size(), 1u);
  EXPECT_EQ(uses.used_by("shop", "docker.io/library/nginx@" + kIndexDigest), crds::UsedBy{});
  EXPECT_EQ(uses.used_by("shop", "docker.io/library/ngin@" + kOtherDigest), crds::UsedBy{}) << "another repository";
  EXPECT_EQ(uses.used_by("bank", other), crds::UsedBy{});

  uses.change(&pod, nullptr);
  EXPECT_EQ(uses.used_by("shop", other), crds::UsedBy{});
  EXPECT_THAT(uses.running("shop", tag.text()), IsEmpty());
}

TEST(ImageUses, APodOfTheDigestItselfCountsOnce) {
  ImageUses uses;
  const std::string written = "registry:5000/web@" + kOtherDigest;
  const WorkloadImages pod = read_workload("Pod", running_pod(written, written));
  uses.change(nullptr, &pod);
  EXPECT_EQ(uses.used_by("shop", written).pods, 1);
  EXPECT_EQ(uses.running("shop", written).size(), 1u);
}

using ImageScanDrift = tests::ImageScanReconcilerTest;

TEST_F(ImageScanDrift, WhatReallyRunsGetsAScanOfItsOwn) {
  make_scan();
  reconcile();
  EXPECT_EQ(condition(crds::kDigestDrift), "Unknown NotRunning");

  running_ = {{.pod = "web-1", .container = "main", .digest = kOtherDigest}};
  reconcile();

  EXPECT_EQ(condition(crds::kDigestDrift), "True AnotherDigestRuns");
  const std::vector<json> scans = api_.all(crds::kImageScan);
  const base::ImageReference other = base::parse_image_reference("registry:5000/shop/web@" + kOtherDigest);
  const auto made = std::ranges::find_if(
      scans, [&](const json& scan) { return scan["metadata"]["name"] == crds::image_scan_name(other); });
  ASSERT_NE(made, scans.end());
  EXPECT_EQ((*made)["spec"]["image"], other.text());
  EXPECT_EQ((*made)["metadata"]["labels"][kMadeForWorkloadLabel], "true");

  running_ = {{.pod = "web-1", .container = "main", .digest = status().digest}};
  reconcile();
  EXPECT_EQ(condition(crds::kDigestDrift), "False AsResolved");
}

}  // namespace
}  // namespace pratique_operator::reconcilers

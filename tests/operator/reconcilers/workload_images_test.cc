#include "operator/reconcilers/workload_images.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "crds/object_names.h"
#include "operator/reconcilers/image_uses.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

json pod_spec() {
  return json::parse(R"({
    "initContainers": [{"name": "init", "image": "a"}, {"name": "sidecar", "image": "b", "restartPolicy": "Always"}],
    "containers": [{"name": "main", "image": "c"}, {"name": "later"}],
    "ephemeralContainers": [{"name": "debug", "image": "d"}],
    "volumes": [{"name": "data", "emptyDir": {}}, {"name": "model", "image": {"reference": "e"}}],
    "imagePullSecrets": [{"name": "login"}, {"name": "login"}, {}]})");
}

json object(const std::string& kind) {
  json object = {{"metadata", {{"name", "x"}, {"namespace", "shop"}}}};
  if (kind == "Pod") {
    object["spec"] = pod_spec();
  } else if (kind == "CronJob") {
    object["spec"]["jobTemplate"]["spec"]["template"]["spec"] = pod_spec();
  } else {
    object["spec"]["template"]["spec"] = pod_spec();
  }
  return object;
}

class EveryKind : public testing::TestWithParam<kubernetes::ResourceType> {};

TEST_P(EveryKind, TellsEveryImageField) {
  const WorkloadImages workload = read_workload(GetParam().kind, object(GetParam().kind));

  std::vector<std::string> images;
  for (const ContainerImage& image : workload.used->images) {
    images.push_back(image.container + "=" + image.image);
  }
  EXPECT_THAT(images, ElementsAre("main=c", "init=a", "sidecar=b", "debug=d", "model=e"));
  EXPECT_THAT(workload.used->pull_secrets, ElementsAre("login"));
  EXPECT_TRUE(workload.own);
  EXPECT_TRUE(workload.in_use);
  EXPECT_EQ(workload.ns, "shop");
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryKind, testing::ValuesIn(workload_types()),
                         [](const auto& type) { return type.param.kind; });

TEST(ReadWorkload, SurvivesObjectsWithoutAnything) {
  for (const kubernetes::ResourceType& type : workload_types()) {
    EXPECT_THAT(read_workload(type.kind, {{"metadata", {{"name", "x"}}}}).used->images, IsEmpty());
    EXPECT_THROW((void)read_workload(type.kind, {{"metadata", {{"name", "x"}}}, {"spec", 7}}), base::ParseError);
  }
  EXPECT_THROW((void)read_workload("Pod", json::object()), base::ParseError);
}

TEST(ReadWorkload, KnowsWhatIsMadeByAnotherWorkload) {
  json pod = object("Pod");
  pod["metadata"]["ownerReferences"] = {{{"kind", "ReplicaSet"}, {"name", "web"}, {"controller", true}}};
  EXPECT_FALSE(read_workload("Pod", pod).own);

  pod["metadata"]["ownerReferences"] = {{{"kind", "Rollout"}, {"name", "web"}, {"controller", true}}};
  EXPECT_TRUE(read_workload("Pod", pod).own);
  pod["metadata"]["ownerReferences"] = {{{"kind", "ReplicaSet"}, {"name", "web"}}};
  EXPECT_TRUE(read_workload("Pod", pod).own);
}

TEST(ReadWorkload, KnowsWhatIsNotInUse) {
  struct Row {
    const char* name;
    std::string kind;
    json patch;
    bool in_use;
  };
  const std::vector<Row> rows = {
      {"succeeded pod", "Pod", {{"status", {{"phase", "Succeeded"}}}}, false},
      {"failed pod", "Pod", {{"status", {{"phase", "Failed"}}}}, false},
      {"pending pod", "Pod", {{"status", {{"phase", "Pending"}}}}, true},
      {"pod that is being deleted", "Pod", {{"metadata", {{"deletionTimestamp", "2026-01-31T08:00:00Z"}}}}, false},
      {"old revision", "ReplicaSet", {{"spec", {{"replicas", 0}}}}, false},
      {"replica set", "ReplicaSet", {{"spec", {{"replicas", 2}}}}, true},
      {"deployment scaled to zero", "Deployment", {{"spec", {{"replicas", 0}}}}, true},
      {"finished job", "Job", {{"status", {{"completionTime", "2026-01-31T08:00:00Z"}}}}, false},
      {"running job", "Job", {{"status", {{"active", 1}}}}, true},
  };
  for (const Row& row : rows) {
    json workload = object(row.kind);
    workload.merge_patch(row.patch);
    EXPECT_EQ(read_workload(row.kind, workload).in_use, row.in_use) << row.name;
  }
}

WorkloadImages workload(const std::string& kind, const std::string& name, const std::string& image, bool own = true) {
  return {.ns = "shop",
          .kind = kind,
          .name = name,
          .own = own,
          .in_use = true,
          .used = std::make_shared<const UsedImages>(UsedImages{
              .images = {{.container = "main", .image = image, .digest = {}}}, .pull_secrets = {name + "-login"}})};
}

TEST(ImageUses, AnswersWhoUsesAnImageUnderAllItsNames) {
  ImageUses uses;
  const WorkloadImages deployment = workload("Deployment", "web", "nginx");
  const WorkloadImages pod = workload("Pod", "web-1", "docker.io/library/nginx:latest", false);
  const WorkloadImages other = workload("Pod", "other", "NO reference");

  EXPECT_EQ(uses.change(nullptr, &deployment).size(), 1u);
  uses.change(nullptr, &pod);
  uses.change(nullptr, &other);
  const base::ImageReference nginx = base::parse_image_reference("nginx");

  const crds::UsedBy used_by = uses.used_by("shop", "docker.io/library/nginx:latest");
  EXPECT_EQ(used_by.pods, 1);
  EXPECT_EQ(used_by.workloads, 1);
  const auto workloads = uses.workloads("shop", "docker.io/library/nginx:latest");
  ASSERT_EQ(workloads.size(), 1u);
  EXPECT_EQ(workloads[0].name, "web");
  EXPECT_EQ(uses.used_by("elsewhere", "docker.io/library/nginx:latest"), crds::UsedBy{});
  EXPECT_EQ(uses.image_scan_of({.ns = "shop", .name = "nginx"})->name, crds::image_scan_name(nginx));
  EXPECT_FALSE(uses.image_scan_of({.ns = "shop", .name = "NO reference"}).has_value());
  EXPECT_EQ(uses.all().size(), 3u);
}

TEST(ImageUses, FollowsChangesAndEnds) {
  ImageUses uses;
  const WorkloadImages before = workload("Deployment", "web", "nginx:1");
  const WorkloadImages after = workload("Deployment", "web", "nginx:2");
  uses.change(nullptr, &before);

  EXPECT_THAT(uses.change(&before, &before), IsEmpty());
  EXPECT_THAT(uses.change(&before, &after),
              UnorderedElementsAre(WrittenImage{"shop", "nginx:1"}, WrittenImage{"shop", "nginx:2"}));
  EXPECT_FALSE(uses.in_use({.ns = "shop", .name = "nginx:1"}));
  EXPECT_TRUE(uses.in_use({.ns = "shop", .name = "nginx:2"}));
  EXPECT_THAT(uses.pull_secrets({.ns = "shop", .name = "nginx:2"}, {}), ElementsAre("web-login"));

  EXPECT_THAT(uses.change(&after, nullptr), ElementsAre(WrittenImage{"shop", "nginx:2"}));
  EXPECT_FALSE(uses.in_use({.ns = "shop", .name = "nginx:2"}));
}

// Whoever may create a pod could fill the memory by ever new images.
TEST(ImageUses, KnowsOnlyWhatIsThere) {
  ImageUses uses;
  const WorkloadImages template_of = workload("Deployment", "web", "nginx:1");
  const WorkloadImages pod = workload("Pod", "web-1", "nginx:1");
  uses.change(nullptr, &template_of);
  uses.change(nullptr, &pod);
  const std::size_t entries = uses.entries();
  for (int i = 0; i < 1'000; ++i) {
    const WorkloadImages passing = workload("Pod", "passing", "nginx:" + std::to_string(i));
    uses.change(nullptr, &passing);
    uses.change(&passing, nullptr);
  }
  EXPECT_EQ(uses.entries(), entries);

  uses.change(&pod, nullptr);
  EXPECT_EQ(uses.used_by("shop", "docker.io/library/nginx:1").workloads, 1) << "another uses it still";
  uses.change(&template_of, nullptr);
  EXPECT_EQ(uses.entries(), 0u);
}

TEST(ImageUses, TellsWhichImageScanTheLastUserLeaves) {
  ImageUses uses;
  const WorkloadImages pod = workload("Pod", "web-1", "nginx:1");
  uses.change(nullptr, &pod);
  const auto used = uses.image_scan_of({.ns = "shop", .name = "nginx:1"});
  const std::vector<WrittenImage> changed = uses.change(&pod, nullptr);
  ASSERT_THAT(changed, ElementsAre(WrittenImage{"shop", "nginx:1"}));
  EXPECT_EQ(uses.image_scan_of(changed[0]), used);
  uses.change(nullptr, &pod);
  EXPECT_EQ(uses.used_by("shop", "docker.io/library/nginx:1").pods, 1);
}

TEST(ImageUses, WhatIsFinishedUsesNothing) {
  ImageUses uses;
  WorkloadImages pod = workload("Pod", "job-1", "nginx:1");
  uses.change(nullptr, &pod);
  WorkloadImages finished = pod;
  finished.in_use = false;

  EXPECT_THAT(uses.change(&pod, &finished), ElementsAre(WrittenImage{"shop", "nginx:1"}));
  EXPECT_FALSE(uses.in_use({.ns = "shop", .name = "nginx:1"}));
}

}  // namespace
}  // namespace pratique_operator::reconcilers

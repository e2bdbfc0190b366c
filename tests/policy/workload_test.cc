// The table of kinds that carry images, and what is read of an object by it.
#include "policy/workload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace policy {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Images = std::vector<ContainerImage>;

json pod() {
  return json::parse(R"({
    "metadata": {"name": "web", "labels": {"app": "web"}},
    "spec": {
      "containers": [{"name": "main", "image": "a:1"}, {"name": "later"}],
      "initContainers": [{"name": "init", "image": "b:1"},
                         {"name": "sidecar", "image": "c:1", "restartPolicy": "Always"}],
      "ephemeralContainers": [{"name": "debug", "image": "d:1"}],
      "volumes": [{"name": "data", "emptyDir": {}}, {"name": "model", "image": {"reference": "e:1"}}],
      "imagePullSecrets": [{"name": "login"}],
      "serviceAccountName": "robot",
      "nodeSelector": {"kubernetes.io/arch": "arm64"}}})");
}

const Images kImagesOfPod{
    {ImageList::kContainers, "main", "a:1"},           {ImageList::kContainers, "later", ""},
    {ImageList::kInitContainers, "init", "b:1"},       {ImageList::kInitContainers, "sidecar", "c:1"},
    {ImageList::kEphemeralContainers, "debug", "d:1"}, {ImageList::kVolumes, "model", "e:1"}};

// An object of the kind with `pod` where its template is.
json object_of(const WorkloadKind& kind, const json& pod) {
  json::json_pointer at;
  for (const std::string& step : kind.pod_templates.at(0)) at /= step;
  json object;
  object[at] = pod;
  return object;
}

std::vector<std::string> images_of(const WorkloadKind& kind, const json& object) {
  std::vector<std::string> images;
  for (const ContainerImage& image : read_workload(kind, object).images) images.push_back(image.image);
  return images;
}

TEST(WorkloadKinds, EveryKindOfKubernetesTellsEveryImageField) {
  for (const WorkloadKind& kind : kubernetes_workload_kinds().all()) {
    const PodTemplate read = read_workload(kind, object_of(kind, pod()));
    EXPECT_EQ(read.images, kImagesOfPod) << kind.resource;
    EXPECT_EQ(read.labels, (crds::Labels{{"app", "web"}})) << kind.resource;
    EXPECT_THAT(read.pull_secrets, ElementsAre("login")) << kind.resource;
    EXPECT_EQ(read.service_account, "robot") << kind.resource;
    EXPECT_EQ(read.node_selector, (crds::Labels{{"kubernetes.io/arch", "arm64"}})) << kind.resource;
    EXPECT_EQ(kind.subject, kind.resource == "pods" ? SubjectKind::kPod : SubjectKind::kController) << kind.resource;
  }
}

TEST(WorkloadKinds, AreFoundByResourceAndByObject) {
  const WorkloadKinds& kinds = kubernetes_workload_kinds();
  for (const WorkloadKind& kind : kinds.all()) {
    EXPECT_EQ(kinds.find(kind.group, kind.resource, kind.subresource), &kind);
    const WorkloadKind* found = kinds.find_object(kind.group.empty() ? "v1" : kind.group + "/v1", kind.kind);
    ASSERT_NE(found, nullptr) << kind.kind;
    EXPECT_EQ(found->resource, kind.resource);
    EXPECT_EQ(found->subresource, "");
  }
  EXPECT_EQ(kinds.find("", "services", ""), nullptr);
  EXPECT_EQ(kinds.find("example.com", "pods", ""), nullptr);
  EXPECT_EQ(kinds.find("", "pods", "status"), nullptr);
  EXPECT_EQ(kinds.find("apps", "deployments", "scale"), nullptr);
  EXPECT_EQ(kinds.find_object("example.com/v1", "Pod"), nullptr);
  EXPECT_EQ(kinds.find_object("v1", ""), nullptr);
}

TEST(ReadWorkload, WhatIsAbsentIsEmpty) {
  for (const WorkloadKind& kind : kubernetes_workload_kinds().all()) {
    EXPECT_THAT(read_workload(kind, json::object()).images, IsEmpty()) << kind.resource;
    EXPECT_THAT(read_workload(kind, json{{"spec", nullptr}}).images, IsEmpty()) << kind.resource;
  }
}

TEST(ReadWorkload, AWrongTypeIsNamed) {
  struct Row {
    const char* pointer;
    json value;
    const char* told;
  };
  const WorkloadKind& kind = *kubernetes_workload_kinds().find("", "pods", "");
  for (const Row& row :
       {Row{"/spec", 7, "spec is not an object"}, Row{"/spec/containers", json::object(), "containers is not a list"},
        Row{"/spec/containers/0", "web", "containers is not an object"},
        Row{"/spec/containers/0/image", 1, "containers is not a string"},
        Row{"/spec/volumes/1/image", "e:1", "volumes is not an object"},
        Row{"/metadata/labels/app", 1, "metadata.labels is not a string"}}) {
    json object = pod();
    object[json::json_pointer(row.pointer)] = row.value;
    try {
      (void)read_workload(kind, object);
      ADD_FAILURE() << row.pointer;
    } catch (const base::ParseError& error) {
      EXPECT_EQ(std::string(error.what()), row.told) << row.pointer;
    }
  }
}

TEST(ConfiguredKinds, HaveTheirTemplatesAndFields) {
  WorkloadKinds kinds;
  kinds.add_pod_template("rollouts.argoproj.io=spec.template");
  kinds.add_image_field("rollouts.argoproj.io=spec.analysis.image");
  const WorkloadKind* rollout = kinds.find("argoproj.io", "rollouts", "");
  ASSERT_NE(rollout, nullptr);
  EXPECT_EQ(rollout->subject, SubjectKind::kController);
  EXPECT_THAT(images_of(*rollout, {{"spec", {{"template", pod()}, {"analysis", {{"image", "x:1"}}}}}}),
              ElementsAre("a:1", "", "b:1", "c:1", "d:1", "e:1", "x:1"));
  EXPECT_EQ(kinds.find("argoproj.io", "rollouts", "scale"), nullptr);
}

TEST(ConfiguredKinds, AFieldMayBeInListsOfLists) {
  WorkloadKinds kinds;
  kinds.add_image_field("tasks.tekton.dev=spec.steps[].image");
  kinds.add_image_field("tasks.tekton.dev=spec.more[][].images[]");
  const WorkloadKind& task = *kinds.find("tekton.dev", "tasks", "");
  const json object = json::parse(R"({"spec": {"steps": [{"image": "a"}, {}, {"image": null}, {"image": "b"}],
                                               "more": [[{"images": ["c", null]}], [], [{"images": ["d"]}]]}})");
  EXPECT_THAT(images_of(task, object), ElementsAre("a", "b", "c", "d"));
  EXPECT_EQ(read_workload(task, object).images.front(), (ContainerImage{ImageList::kOther, "spec.steps[].image", "a"}));
  EXPECT_THROW((void)read_workload(task, {{"spec", {{"steps", {{{"image", 1}}}}}}}), base::ParseError);
  EXPECT_THROW((void)read_workload(task, {{"spec", {{"steps", "a"}}}}), base::ParseError);
}

TEST(ConfiguredKinds, OfSeveralTemplatesOnlyWhatAllShareNarrows) {
  WorkloadKinds kinds;
  kinds.add_pod_template("jobsets.jobset.x-k8s.io=spec.replicatedJobs[].template.spec.template");
  json one = pod();
  one["metadata"]["labels"] = {{"app", "web"}, {"role", "leader"}};
  json two = pod();
  two["metadata"]["labels"] = {{"app", "web"}, {"role", "worker"}};
  two["spec"]["imagePullSecrets"] = {{{"name", "login"}}, {{"name", "second"}}};
  two["spec"]["serviceAccountName"] = "other";
  two["spec"]["nodeSelector"] = {{"kubernetes.io/arch", "amd64"}};
  json object;
  for (const json& pod : {one, two}) {
    object["spec"]["replicatedJobs"].push_back({{"template", {{"spec", {{"template", pod}}}}}});
  }
  const PodTemplate read = read_workload(*kinds.find("jobset.x-k8s.io", "jobsets", ""), object);
  EXPECT_EQ(read.images.size(), 2 * kImagesOfPod.size());
  EXPECT_EQ(read.labels, (crds::Labels{{"app", "web"}}));
  EXPECT_THAT(read.pull_secrets, ElementsAre("login", "second"));
  EXPECT_EQ(read.service_account, "");
  EXPECT_THAT(read.node_selector, IsEmpty());
}

TEST(ConfiguredKinds, AccountAndLabelsThatAllTemplatesShareStay) {
  WorkloadKinds kinds;
  kinds.add_pod_template("job_sets.x.io=spec.jobs[]");
  kinds.add_image_field("pods.x.io=spec.image");
  json one = pod();
  json two = pod();
  two["metadata"]["labels"] = {{"role", "worker"}};
  const json object{{"spec", {{"jobs", {one, two}}}}};
  const PodTemplate read = read_workload(*kinds.find("x.io", "job_sets", ""), object);
  EXPECT_EQ(read.service_account, "robot");
  EXPECT_THAT(read.labels, IsEmpty());
  EXPECT_EQ(kinds.find("x.io", "pods", "")->images.size(), 1U) << "two resources of one group";
}

TEST(ReadWorkload, APodIsKeptByItsOnlyOwner) {
  const WorkloadKind& kind = *kubernetes_workload_kinds().find("", "pods", "");
  json object = pod();
  object["metadata"]["name"] = "web-x";
  object["metadata"]["uid"] = "0b5c";
  object["metadata"]["ownerReferences"] = {{{"kind", "ReplicaSet"}, {"name", "web"}}};
  const PodTemplate one = read_workload(kind, object);
  EXPECT_EQ(one.owner_kind + "/" + one.owner_name, "ReplicaSet/web");
  EXPECT_EQ(one.name + " " + one.uid, "web-x 0b5c");
  object["metadata"]["ownerReferences"].push_back({{"kind", "Job"}, {"name", "batch"}});
  EXPECT_EQ(read_workload(kind, object).owner_kind, "") << "who of two keeps it is not asked";
}

TEST(ConfiguredKinds, AreRefusedWithWhatIsWrong) {
  struct Row {
    std::string text;
    const char* told;
  };
  for (const Row& row : {Row{"", "there is no '='"},
                         Row{"rollouts.argoproj.io", "there is no '='"},
                         Row{"=spec.template", "plural name"},
                         Row{"Rollout.argoproj.io=spec", "plural name"},
                         Row{"roll/outs.argoproj.io=spec", "plural name"},
                         Row{"a.b..c=spec", "no domain name"},
                         Row{"a.b.=spec", "no domain name"},
                         Row{"a.b=", "the path is missing"},
                         Row{"a.b=spec.", "ends with a dot"},
                         Row{std::string(254, 'a') + ".b=spec", "plural name"},
                         Row{"a~b.c=spec", "plural name"},
                         Row{"a.b=.spec", "no field name"},
                         Row{"a.b=spec..image", "no field name"},
                         Row{"a.b=[].image", "no field name"},
                         Row{"a.b=spec[0].image", "no field name"},
                         Row{"a.b=spec image", "no field name"},
                         Row{"pods=spec", "known already"},
                         Row{"deployments.apps=spec.template", "known already"},
                         Row{"a.b=a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q", "more than 16"},
                         Row{"a.b=" + std::string(600, 'a'), "512 bytes"}}) {
    for (const auto add : {&WorkloadKinds::add_pod_template, &WorkloadKinds::add_image_field}) {
      WorkloadKinds kinds;
      try {
        (kinds.*add)(row.text);
        ADD_FAILURE() << row.text;
      } catch (const base::ConfigError& error) {
        EXPECT_THAT(error.what(), HasSubstr(row.told)) << row.text;
        EXPECT_THAT(error.what(), HasSubstr("RESOURCE.GROUP=PATH")) << row.text;
      }
    }
  }
}

TEST(PlaceOf, NamesContainerAndField) {
  EXPECT_EQ(place_of({ImageList::kContainers, "web", ""}), "container \"web\" (containers[].image)");
  EXPECT_EQ(place_of({ImageList::kInitContainers, "i", ""}), "init container \"i\" (initContainers[].image)");
  EXPECT_EQ(place_of({ImageList::kEphemeralContainers, "d", ""}),
            "ephemeral container \"d\" (ephemeralContainers[].image)");
  EXPECT_EQ(place_of({ImageList::kVolumes, "m", ""}), "volume \"m\" (volumes[].image.reference)");
  EXPECT_EQ(place_of({ImageList::kOther, "spec.steps[].image", ""}), "field spec.steps[].image");
  EXPECT_EQ(place_of({ImageList::kContainers, "\x1b[31m", ""}), "container \"\\u{1b}[31m\" (containers[].image)");
}

TEST(ImagesToJudge, OnlyWhatIsNewOrChanged) {
  const PodTemplate before{.images = {{ImageList::kContainers, "a", "x:1"}, {ImageList::kContainers, "b", "y:1"}}};
  struct Row {
    const char* name;
    Images now;
    Images expected;
  };
  for (const Row& row : {
           Row{"unchanged", before.images, {}},
           Row{"another order", {before.images[1], before.images[0]}, {}},
           Row{"one removed", {before.images[0]}, {}},
           Row{"a new image", {{ImageList::kContainers, "a", "x:2"}}, {{ImageList::kContainers, "a", "x:2"}}},
           Row{"a new container with a known image",
               {before.images[0], {ImageList::kContainers, "c", "x:1"}},
               {{ImageList::kContainers, "c", "x:1"}}},
           Row{"an ephemeral container with a known name and image",
               {before.images[0], {ImageList::kEphemeralContainers, "a", "x:1"}},
               {{ImageList::kEphemeralContainers, "a", "x:1"}}},
           Row{"exchanged", {{ImageList::kContainers, "a", "y:1"}}, {{ImageList::kContainers, "a", "y:1"}}},
       }) {
    PodTemplate now;
    now.images = row.now;
    EXPECT_EQ(images_to_judge(now, &before), row.expected) << row.name;
    EXPECT_EQ(images_to_judge(now, nullptr), row.now) << row.name;
  }
}

}  // namespace
}  // namespace policy

// Every way in which an image gets into a pod, on a real kube-apiserver: each is denied where the image is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crds/finding_exception.h"
#include "tests/integration/admission/scanned_namespace.h"

namespace admission {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using tests::ControlPlane;
using tests::eventually;
using tests::kBadFinding;
using tests::kBadImage;
using tests::kGoodImage;
using tests::RawRequest;
using tests::send_raw;

constexpr const char* kMergePatch = "application/merge-patch+json";
constexpr const char* kStrategicPatch = "application/strategic-merge-patch+json";
constexpr const char* kJsonPatch = "application/json-patch+json";
constexpr const char* kApplyPatch = "application/apply-patch+yaml";

// One namespace for all tests of this file.
tests::ScannedNamespace& shop() {
  static tests::ScannedNamespace one;
  return one;
}

// What the API server answers: "" where it takes it.
std::string refusal_of(const RawRequest& request) {
  const net::HttpResponse response = send_raw(request);
  return response.status / 100 == 2 ? "" : response.body;
}

const auto kDenied = AllOf(HasSubstr("admission webhook \\\"pods.pratique.dev\\\" denied"), HasSubstr(kBadFinding));

json containers(const std::string& image) {
  return {{"spec", {{"containers", {{{"name", "web"}, {"image", image}}}}}}};
}

json ephemeral(const std::string& image) {
  return {{"spec", {{"ephemeralContainers", {{{"name", "debug"}, {"image", image}}}}}}};
}

json image_patch(const std::string& path, const std::string& image) {
  return json::array({{{"op", "replace"}, {"path", path}, {"value", image}}});
}

json stored(const std::string& pod) {
  return json::parse(send_raw({.method = "GET", .path = shop().pods_path("/" + pod)}).body);
}

struct Creation {
  std::string name;
  json changes;  // a merge patch of a pod of the bad image
  std::string query = {};
};

TEST(WaysIn, EveryCreationIsJudged) {
  const json none = json::object();
  for (const Creation& row : {
           Creation{"plain", none},
           Creation{"dry run", none, "?dryRun=All"},
           Creation{"generateName", {{"metadata", {{"name", nullptr}, {"generateName", "web-"}}}}},
           Creation{"past the scheduler", {{"spec", {{"nodeName", "n1"}}}}},
           Creation{"held from the scheduler", {{"spec", {{"schedulingGates", {{{"name", "example.com/gate"}}}}}}}},
           Creation{
               "never pulled",
               {{"spec", {{"containers", {{{"name", "web"}, {"image", kBadImage}, {"imagePullPolicy", "Never"}}}}}}}},
           Creation{
               "mirror annotation of a person",
               {{"metadata",
                 {{"annotations", {{"kubernetes.io/config.mirror", "0a1b"}, {"kubernetes.io/config.source", "file"}}}}},
                {"spec", {{"nodeName", "n1"}}}}},
           Creation{"labels that exempt elsewhere",
                    {{"metadata",
                      {{"labels", {{"admission.gatekeeper.sh/ignore", "true"}, {"pratique.dev/ignore", "true"}}},
                       {"annotations", {{"pratique.dev/ignore", "true"}}}}}}},
           Creation{"owned by a controller",
                    {{"metadata",
                      {{"ownerReferences",
                        {{{"apiVersion", "apps/v1"},
                          {"kind", "ReplicaSet"},
                          {"name", "web"},
                          {"uid", "0a1b"},
                          {"controller", true}}}}}}}},
           Creation{
               "a second container",
               {{"spec",
                 {{"containers", {{{"name", "a"}, {"image", kGoodImage}}, {{"name", "b"}, {"image", kBadImage}}}}}}}},
       }) {
    json pod = shop().pod("creation", kBadImage);
    pod.merge_patch(row.changes);
    EXPECT_THAT(refusal_of({.path = shop().pods_path(row.query), .body = pod.dump()}), kDenied) << row.name;
  }
  const json pod = shop().pod("creation", kBadImage);
  EXPECT_THAT(refusal_of({.method = "PATCH",
                          .path = shop().pods_path("/creation?fieldManager=test"),
                          .body = pod.dump(),
                          .content_type = kApplyPatch}),
              kDenied)
      << "server-side apply";
  EXPECT_THAT(refusal_of({.path = shop().pods_path(),
                          .body = "{apiVersion: v1, kind: Pod, metadata: {name: yaml}, spec: {containers: [{name: web, "
                                  "image: \"" +
                                  kBadImage + "\"}]}}",
                          .content_type = "application/yaml"}),
              kDenied)
      << "YAML";
}

struct Change {
  std::string name;
  std::string method;
  std::string content_type;
  std::string subresource;
  json body;
};

TEST(WaysIn, EveryChangeOfARunningPodIsJudged) {
  json running = shop().pod("running", kGoodImage);
  running["spec"]["initContainers"] = {{{"name", "init"}, {"image", kGoodImage}}};
  ASSERT_EQ(shop().refusal(running), "");
  const json applied{{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", {{"name", "running"}}}};
  const auto with = [](json object, const json& other) {
    object.merge_patch(other);
    return object;
  };
  json whole = stored("running");
  whole["spec"]["containers"][0]["image"] = kBadImage;
  json debugged = stored("running");
  debugged.merge_patch(ephemeral(kBadImage));
  const json added = json::array(
      {{{"op", "add"}, {"path", "/spec/ephemeralContainers"}, {"value", {{{"name", "debug"}, {"image", kBadImage}}}}}});
  const std::string in_debug = "/ephemeralcontainers";
  for (const Change& row : {
           Change{"PUT", "PUT", "application/json", "", whole},
           Change{"merge patch", "PATCH", kMergePatch, "", {{"spec", {{"containers", whole["spec"]["containers"]}}}}},
           Change{"strategic patch", "PATCH", kStrategicPatch, "", containers(kBadImage)},
           Change{"JSON patch", "PATCH", kJsonPatch, "", image_patch("/spec/containers/0/image", kBadImage)},
           Change{"init container", "PATCH", kJsonPatch, "", image_patch("/spec/initContainers/0/image", kBadImage)},
           Change{"apply", "PATCH", kApplyPatch, "?fieldManager=test&force=true", with(applied, containers(kBadImage))},
           Change{"ephemeral PUT", "PUT", "application/json", in_debug, debugged},
           Change{"ephemeral merge patch", "PATCH", kMergePatch, in_debug, ephemeral(kBadImage)},
           Change{"ephemeral strategic patch", "PATCH", kStrategicPatch, in_debug, ephemeral(kBadImage)},
           Change{"ephemeral JSON patch", "PATCH", kJsonPatch, in_debug, added},
           Change{"ephemeral apply", "PATCH", kApplyPatch, in_debug + "?fieldManager=test&force=true",
                  with(applied, ephemeral(kBadImage))},
       }) {
    EXPECT_THAT(refusal_of({.method = row.method,
                            .path = shop().pods_path("/running" + row.subresource),
                            .body = row.body.dump(),
                            .content_type = row.content_type}),
                kDenied)
        << row.name;
  }
  EXPECT_EQ(refusal_of({.method = "PATCH",
                        .path = shop().pods_path("/running" + in_debug),
                        .body = ephemeral(kGoodImage).dump(),
                        .content_type = kStrategicPatch}),
            "")
      << "a clean image may come in the same way";
}

// Other parts of a pod that take a whole pod and keep its images as they are.
TEST(WaysIn, AStatusAndASizeBringNoImage) {
  ASSERT_EQ(shop().refusal(shop().pod("sized", kGoodImage)), "");
  for (const char* subresource : {"status", "resize"}) {
    (void)send_raw({.method = "PATCH",
                    .path = shop().pods_path(std::string("/sized/") + subresource),
                    .body = containers(kBadImage).dump(),
                    .content_type = kStrategicPatch});
    EXPECT_EQ(stored("sized")["spec"]["containers"][0]["image"], kGoodImage) << subresource;
  }
}

TEST(WaysIn, WhatComesAgainIsJudgedAgain) {
  json kept = shop().pod("again", kGoodImage);
  kept["metadata"]["finalizers"] = {"example.com/kept"};
  ASSERT_EQ(shop().refusal(kept), "");
  const json eviction{{"apiVersion", "policy/v1"}, {"kind", "Eviction"}, {"metadata", {{"name", "again"}}}};
  EXPECT_EQ(refusal_of({.path = shop().pods_path("/again/eviction"), .body = eviction.dump()}), "");

  // It is being deleted, and still no other image gets in.
  EXPECT_TRUE(stored("again")["metadata"].contains("deletionTimestamp"));
  EXPECT_THAT(refusal_of({.method = "PATCH",
                          .path = shop().pods_path("/again"),
                          .body = containers(kBadImage).dump(),
                          .content_type = kStrategicPatch}),
              kDenied);
  EXPECT_EQ(refusal_of({.method = "PATCH",
                        .path = shop().pods_path("/again"),
                        .body = R"({"metadata": {"finalizers": null}})",
                        .content_type = kMergePatch}),
            "")
      << "its deletion ends";
  ASSERT_TRUE(
      eventually([&] { return send_raw({.method = "GET", .path = shop().pods_path("/again")}).status == 404; }));
  EXPECT_THAT(refusal_of({.path = shop().pods_path(), .body = shop().pod("again", kBadImage).dump()}), kDenied);
}

struct Written {
  std::string name;
  std::string image;
  std::string told;  // empty: admitted
};

TEST(WaysIn, AnImageIsJudgedByWhatItsNameMeans) {
  const std::string bad = tests::ScannedNamespace::digest_of(kBadImage).text();
  const std::string good = tests::ScannedNamespace::digest_of(kGoodImage).text();
  shop().scanned("docker.io/library/odd:1", {tests::ScannedNamespace::bad_row()});
  shop().scanned("docker.io/library/even:1", {});
  ASSERT_TRUE(eventually([&] { return shop().dry_run_refusal(shop().pod("p", "even:1")).empty(); }));
  ASSERT_TRUE(eventually(
      [&] { return shop().dry_run_refusal(shop().pod("p", "odd:1")).find(kBadFinding) != std::string::npos; }));
  const std::string no_reference = "is not an image reference";
  const std::string unscanned = "has no scan that counts";
  for (const Written& row : {
           Written{"library", "library/odd:1", kBadFinding},
           Written{"docker.io", "docker.io/odd:1", kBadFinding},
           Written{"index.docker.io", "index.docker.io/library/odd:1", kBadFinding},
           Written{"DOCKER.IO", "DOCKER.IO/library/odd:1", kBadFinding},
           Written{"host in upper case", "Registry.TEST:5000/web:1", kBadFinding},
           Written{"clean tag, bad digest", kGoodImage + "@" + bad, kBadFinding},
           Written{"bad tag, clean digest", kBadImage + "@" + good, ""},
           Written{"docker.io as a prefix", "docker.io.evil.example/library/even:1", unscanned},
           Written{"docker.io as a path", "evil.example/docker.io/library/even:1", unscanned},
           Written{"another port", "registry.test:5001/web:2", unscanned},
           Written{"without the port", "registry.test/web:2", unscanned},
           Written{"a tag that looks like a port", "registry.test:5000", unscanned},
           Written{"sha512", "registry.test:5000/web@sha512:" + std::string(128, 'a'), no_reference},
           Written{"short digest", "registry.test:5000/web@sha256:abcdef", no_reference},
           Written{"digest in upper case", "registry.test:5000/web@sha256:" + std::string(64, 'A'), no_reference},
           Written{"an image id", good, no_reference},
           Written{"NUL", std::string("registry.test:5000/web:2\0", 25), no_reference},
           Written{"a space inside", "registry.test:5000/we b:2", no_reference},
           Written{"a Cyrillic letter", "r\xD0\xB5gistry.test:5000/web:2", no_reference},
           Written{"a zero-width space", "registry.test:5000/\xE2\x80\x8Bweb:2", no_reference},
           Written{"4 KiB", "registry.test:5000/" + std::string(4096, 'a'), no_reference},
           Written{"a scheme", "https://registry.test:5000/web:2", no_reference},
       }) {
    const std::string refusal = shop().dry_run_refusal(shop().pod("written", row.image));
    if (row.told.empty()) {
      EXPECT_EQ(refusal, "") << row.name;
    } else {
      EXPECT_THAT(refusal, AllOf(HasSubstr("pods.pratique.dev"), HasSubstr(row.told))) << row.name;
    }
  }
  for (const char* image : {"", " ", "registry.test:5000/web:2 "}) {
    EXPECT_THAT(shop().dry_run_refusal(shop().pod("written", image)), HasSubstr("Invalid")) << "the API server's own";
  }
}

TEST(WaysIn, OfAKeyThatStandsTwiceWhatIsStoredIsJudged) {
  const auto twice = [](const std::string& first, const std::string& second) {
    return R"({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "twice"}, "spec": {"containers": [{"name": "web",
              "image": ")" +
           first + R"(", "image": ")" + second + R"("}]}})";
  };
  EXPECT_THAT(refusal_of({.path = shop().pods_path(), .body = twice(kGoodImage, kBadImage)}), kDenied);
  EXPECT_EQ(refusal_of({.path = shop().pods_path(), .body = twice(kBadImage, kGoodImage)}), "");
  EXPECT_EQ(stored("twice")["spec"]["containers"][0]["image"], kGoodImage);
}

// With the defaults that the API server fills in the review is about three times as large as the pod.
TEST(WaysIn, TheLastOfVeryManyContainersIsJudged) {
  json pod = shop().pod("many", kGoodImage);
  json& list = pod["spec"]["containers"];
  for (int i = 0; i < 12'000; ++i) {
    list.push_back({{"name", "container-of-a-rather-long-name-" + std::to_string(i)}, {"image", kGoodImage}});
  }
  list.push_back({{"name", "last"}, {"image", kBadImage}});
  EXPECT_THAT(refusal_of({.path = shop().pods_path(), .body = pod.dump()}), kDenied);
}

TEST(WaysIn, NoLabelTakesANamespaceOut) {
  for (const char* label : {"kubernetes.io/metadata.name=kube-system", "pratique.dev/ignore=true",
                            "admission.gatekeeper.sh/ignore=true", "control-plane=true"}) {
    (void)ControlPlane::instance().kubectl({"label", "namespace", shop().ns(), label, "--overwrite"});
    EXPECT_THAT(shop().dry_run_refusal(shop().pod("labelled", kBadImage)), kDenied) << label;
  }
}

TEST(WaysIn, ANamespaceThatWasJustMadeIsJudged) {
  const std::string ns = tests::unique_name("fresh");
  const json made{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", ns}}}};
  json pod = shop().pod("first", "registry.test:5000/web@" + tests::ScannedNamespace::digest_of(kBadImage).text());
  pod["metadata"]["namespace"] = ns;
  ASSERT_EQ(refusal_of({.path = "/api/v1/namespaces", .body = made.dump()}), "");
  std::string refusal;
  // The API server itself wants the namespace's account first.
  EXPECT_TRUE(eventually([&] {
    refusal = refusal_of({.path = tests::kPod.path(ns), .body = pod.dump()});
    return refusal.find("serviceaccount") == std::string::npos;
  }));
  EXPECT_THAT(refusal, HasSubstr("pods.pratique.dev"));
}

TEST(WaysIn, AnExceptionOfAnotherNamespaceOpensNothing) {
  const std::string other = ControlPlane::instance().make_namespace("other");
  const json exception{{"apiVersion", crds::kFindingException.api_version()},
                       {"kind", "FindingException"},
                       {"metadata", {{"name", "mine"}, {"namespace", other}}},
                       {"spec",
                        {{"vulnerabilities", {{{"id", kBadFinding}, {"status", "accepted"}}}},
                         {"match", {{"images", {"**"}}}},
                         {"reason", "known"},
                         {"expiresAt", "2099-01-01T00:00:00Z"}}}};
  (void)shop().cluster().admin()->create(crds::kFindingException, exception);
  // Known by the other namespace's pods being let in.
  json pod = shop().pod("excepted", "registry.test:5000/web@" + tests::ScannedNamespace::digest_of(kBadImage).text());
  pod["metadata"]["namespace"] = other;
  EXPECT_TRUE(eventually(
      [&] { return refusal_of({.path = tests::kPod.path(other) + "?dryRun=All", .body = pod.dump()}).empty(); }));
  EXPECT_THAT(shop().dry_run_refusal(shop().pod("excepted", kBadImage)), kDenied);
}

TEST(WaysIn, AKubeletsMirrorOfAStaticPodIsLetInToBeSeen) {
  const json binding{
      {"apiVersion", "rbac.authorization.k8s.io/v1"},
      {"kind", "RoleBinding"},
      {"metadata", {{"name", "nodes"}, {"namespace", shop().ns()}}},
      {"roleRef", {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "ClusterRole"}, {"name", "admin"}}},
      {"subjects", {{{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "Group"}, {"name", "system:nodes"}}}}};
  ASSERT_EQ(refusal_of({.path = "/apis/rbac.authorization.k8s.io/v1/namespaces/" + shop().ns() + "/rolebindings",
                        .body = binding.dump()}),
            "");
  json mirror = shop().pod("static-n1", kBadImage);
  mirror["metadata"]["annotations"] = {{"kubernetes.io/config.mirror", "0a1b"},
                                       {"kubernetes.io/config.source", "file"}};
  mirror["spec"]["nodeName"] = "n1";
  mirror["spec"]["automountServiceAccountToken"] = false;
  RawRequest request{
      .path = shop().pods_path(), .body = mirror.dump(), .user = "system:node:n1", .group = "system:nodes"};
  std::string refusal;
  // The right comes by a watch of the API server's.
  EXPECT_TRUE(eventually([&] {
    refusal = refusal_of(request);
    return refusal.find("cannot create resource") == std::string::npos;
  }));
  EXPECT_EQ(refusal, "");
  mirror["metadata"]["name"] = "other-n1";
  mirror["metadata"].erase("annotations");
  request.body = mirror.dump();
  EXPECT_THAT(refusal_of(request), kDenied) << "a kubelet's pod that mirrors nothing";
}

TEST(WaysIn, NobodyOfANamespaceMayChangeTheWebhook) {
  const auto may = [](const std::string& verb, const std::string& user) {
    return ControlPlane::instance()
               .kubectl({"auth", "can-i", verb, "validatingwebhookconfigurations/pratique-admission", "--as=" + user})
               .exit_code == 0;
  };
  EXPECT_EQ(shop().kubectl({"create", "rolebinding", "boss", "--clusterrole=admin", "--user=boss"}).exit_code, 0);
  for (const char* verb : {"delete", "patch", "update"}) EXPECT_FALSE(may(verb, "boss")) << verb;
}

}  // namespace
}  // namespace admission

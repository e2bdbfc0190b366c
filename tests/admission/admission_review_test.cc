#include "admission/admission_review.h"

#include <gtest/gtest.h>

#include "admission/limits.h"
#include "base/error.h"
#include "tests/admission/reviews.h"

namespace admission {
namespace {

using nlohmann::json;
using policy::ImageList;
using testing::pod;
using testing::Request;
using testing::review_json;
using testing::review_of;

using Images = std::vector<policy::ContainerImage>;

TEST(DecodeReview, ReadsWhatAPodSaysOfItsImages) {
  json object = pod({"a:1", "b:2"});
  object["spec"]["initContainers"] = {{{"name", "init"}, {"image", "c:3"}, {"restartPolicy", "Always"}}};
  object["spec"]["ephemeralContainers"] = {{{"name", "debug"}, {"image", "d:4"}}};
  object["spec"]["volumes"] = {{{"name", "data"}, {"emptyDir", json::object()}},
                               {{"name", "model"}, {"image", {{"reference", "e:5"}, {"pullPolicy", "Always"}}}}};
  object["spec"]["imagePullSecrets"] = {{{"name", "login"}}};
  object["spec"]["serviceAccountName"] = "robot";
  object["spec"]["nodeSelector"] = {{"kubernetes.io/arch", "arm64"}};
  const Review review = review_of({.object = object});
  EXPECT_EQ(review.uid, "u-1");
  EXPECT_EQ(review.ns, "shop");
  EXPECT_EQ(review.user, "jo");
  EXPECT_EQ(review.operation, Operation::kCreate);
  EXPECT_EQ(review.dry_run, DryRun::kNo);
  EXPECT_EQ(review.object.images, (Images{{ImageList::kContainers, "c0", "a:1"},
                                          {ImageList::kContainers, "c1", "b:2"},
                                          {ImageList::kInitContainers, "init", "c:3"},
                                          {ImageList::kEphemeralContainers, "debug", "d:4"},
                                          {ImageList::kVolumes, "model", "e:5"}}));
  EXPECT_EQ(review.object.labels, (crds::Labels{{"app", "web"}}));
  EXPECT_EQ(review.object.pull_secrets, std::vector<std::string>{"login"});
  EXPECT_EQ(review.object.service_account, "robot");
  EXPECT_EQ(review.object.node_selector, (crds::Labels{{"kubernetes.io/arch", "arm64"}}));
}

TEST(DecodeReview, FindsTheTemplateOfEveryWorkloadKind) {
  struct Row {
    const char* group;
    const char* resource;
    const char* path;
  };
  for (const Row& row :
       {Row{"", "replicationcontrollers", "/spec/template"}, Row{"apps", "deployments", "/spec/template"},
        Row{"apps", "replicasets", "/spec/template"}, Row{"apps", "statefulsets", "/spec/template"},
        Row{"apps", "daemonsets", "/spec/template"}, Row{"batch", "jobs", "/spec/template"},
        Row{"batch", "cronjobs", "/spec/jobTemplate/spec/template"}}) {
    json object = json::object();
    object[json::json_pointer(row.path)] = pod({"a:1"});
    const Review review = review_of({.group = row.group, .resource = row.resource, .object = object});
    ASSERT_NE(review.workload, nullptr) << row.resource;
    EXPECT_EQ(review.workload->subject, policy::SubjectKind::kController) << row.resource;
    EXPECT_EQ(review.object.images.size(), 1U) << row.resource;
    EXPECT_EQ(review.object.labels.at("app"), "web") << row.resource;
  }
}

TEST(DecodeReview, OtherResourcesCarryNoImages) {
  EXPECT_EQ(review_of({.resource = "services"}).workload, nullptr);
  EXPECT_EQ(review_of({.group = "example.com", .resource = "pods"}).workload, nullptr);
  EXPECT_EQ(review_of({.subresource = "status"}).workload, nullptr);
  EXPECT_NE(review_of({.subresource = "ephemeralcontainers"}).workload, nullptr);
}

TEST(DecodeReview, AnUpdateHasTheOldObjectToo) {
  const Review review = review_of({.operation = "UPDATE", .object = pod({"a:2"}), .old_object = pod({"a:1"})});
  ASSERT_TRUE(review.old_object.has_value());
  EXPECT_EQ(review.old_object->images.front().image, "a:1");
}

TEST(DecodeReview, ADeletionNeedsNoObject) {
  const Review review = review_of({.operation = "DELETE", .object = nullptr, .old_object = pod({"a:1"})});
  EXPECT_EQ(review.operation, Operation::kDelete);
  EXPECT_TRUE(review.object.images.empty());
}

TEST(DecodeReview, AContainerWithoutAnImageHasAnEmptyOne) {
  json object = pod({"a:1"});
  object["spec"]["containers"][0].erase("image");
  EXPECT_EQ(review_of({.object = object}).object.images.front().image, "");
  object["spec"]["containers"][0]["image"] = nullptr;
  EXPECT_EQ(review_of({.object = object}).object.images.front().image, "");
}

// The error of a body, and whether there is a uid to deny.
struct Refusal {
  std::string error;
  std::string uid;
};
Refusal refusal_of(const std::string& body) {
  Refusal refusal;
  try {
    (void)decode_review(body, policy::kubernetes_workload_kinds(), refusal.uid);
  } catch (const base::Error& error) {
    refusal.error = error.what();
  }
  return refusal;
}

TEST(DecodeReview, WhatIsNoReviewHasNobodyToAnswer) {
  json other_version = review_json({});
  other_version["apiVersion"] = "admission.k8s.io/v1beta1";
  json no_uid = review_json({});
  no_uid["request"].erase("uid");
  json no_request = review_json({});
  no_request["request"] = nullptr;
  const std::string whole = review_json({}).dump();
  for (const std::string& body :
       {std::string(), std::string("{"), std::string("[]"), std::string("null"), std::string("\"AdmissionReview\""),
        std::string("{}"), std::string(20'000, '['), whole.substr(0, whole.size() - 1), whole + "}", whole + whole,
        "\xff" + whole, other_version.dump(), no_uid.dump(), no_request.dump()}) {
    const Refusal refusal = refusal_of(body);
    EXPECT_FALSE(refusal.error.empty()) << body.substr(0, 80);
    EXPECT_EQ(refusal.uid, "") << body.substr(0, 80);
  }
}

TEST(DecodeReview, AFieldOfAWrongTypeIsRefusedByItsUid) {
  struct Row {
    const char* pointer;
    json value;
    const char* told;
  };
  for (const Row& row : {
           Row{"/request/operation", "PATCH", "request.operation"},
           Row{"/request/operation", 1, "request.operation"},
           Row{"/request/resource", nullptr, "request.resource"},
           Row{"/request/namespace", "", "request.namespace"},
           Row{"/request/dryRun", "false", "request.dryRun"},
           Row{"/request/object", nullptr, "request.object"},
           Row{"/request/object", "pod", "the object"},
           Row{"/request/object/spec", json::array(), "spec"},
           Row{"/request/object/spec/containers", json::object(), "containers"},
           Row{"/request/object/spec/containers/0", "web", "containers"},
           Row{"/request/object/spec/containers/0/image", {"a"}, "containers"},
           Row{"/request/object/spec/volumes", {{{"name", "m"}, {"image", "e:5"}}}, "volumes"},
           Row{"/request/object/metadata/labels", {{"app", 1}}, "metadata.labels"},
           Row{"/request/object/metadata/labels", "app=web", "metadata.labels"},
       }) {
    json review = review_json({});
    review[json::json_pointer(row.pointer)] = row.value;
    const Refusal refusal = refusal_of(review.dump());
    EXPECT_EQ(refusal.error.rfind(row.told, 0), 0U) << row.pointer << ": " << refusal.error;
    EXPECT_EQ(refusal.uid, "u-1") << row.pointer;
  }
}

TEST(DecodeReview, ADuplicateKeyIsRefusedWhereverWeLook) {
  const std::string good = review_json({}).dump();
  struct Row {
    const char* at;
    const char* twice;
  };
  for (const Row& row : {Row{"\"image\":", "\"image\":\"clean:1\",\"image\":"},
                         Row{"\"containers\":", "\"containers\":[],\"containers\":"},
                         Row{"\"spec\":", "\"spec\":{},\"spec\":"}, Row{"\"object\":", "\"object\":null,\"object\":"},
                         Row{"\"image\":", "\"im\\u0061ge\":\"clean:1\",\"image\":"}}) {
    std::string body = good;
    body.replace(body.find(row.at), std::string(row.at).size(), row.twice);
    EXPECT_NE(refusal_of(body).error.find("twice"), std::string::npos) << row.twice;
  }
}

TEST(DecodeReview, ABodyPastTheLimitIsRefused) {
  std::string body = review_json({}).dump();
  body.append(kReviewBytesMax, ' ');
  std::string uid;
  EXPECT_THROW((void)decode_review(body, policy::kubernetes_workload_kinds(), uid), base::LimitExceeded);
}

TEST(DecodeReview, TenThousandContainersAreRead) {
  EXPECT_EQ(review_of({.object = pod(std::vector<std::string>(10'000, "a:1"))}).object.images.size(), 10'000U);
}

TEST(EncodeAnswer, EchoesTheUid) {
  const json answer = json::parse(
      encode_answer({.uid = "u-9", .allowed = true, .message = {}, .warnings = {}, .audit_annotations = {}}));
  EXPECT_EQ(answer["apiVersion"], "admission.k8s.io/v1");
  EXPECT_EQ(answer["kind"], "AdmissionReview");
  EXPECT_EQ(answer["response"], (json{{"uid", "u-9"}, {"allowed", true}}));
}

TEST(EncodeAnswer, ADenialHasItsMessage) {
  const json answer = json::parse(encode_answer({.uid = "u",
                                                 .allowed = false,
                                                 .code = 403,
                                                 .message = "no",
                                                 .warnings = {"w"},
                                                 .audit_annotations = {{"decision", "deny"}}}));
  EXPECT_EQ(answer["response"]["status"]["message"], "no");
  EXPECT_EQ(answer["response"]["status"]["code"], 403);
  EXPECT_EQ(answer["response"]["warnings"], json::array({"w"}));
  EXPECT_EQ(answer["response"]["auditAnnotations"]["decision"], "deny");
  EXPECT_EQ(answer["response"]["status"]["reason"], "Forbidden");
}

TEST(EncodeAnswer, WhateverTheTextsHoldItIsJson) {
  const json answer = json::parse(encode_answer({.uid = "\"u\\",
                                                 .allowed = false,
                                                 .code = 400,
                                                 .message = "a\n\x01\xff",
                                                 .warnings = {"w1", "\"w2\""},
                                                 .audit_annotations = {{"a\"", "x"}, {"b", "\t"}}}));
  EXPECT_EQ(answer["response"]["uid"], "\"u\\");
  EXPECT_EQ(answer["response"]["status"],
            (json{{"code", 400}, {"message", "a\n\x01\xef\xbf\xbd"}, {"reason", "BadRequest"}}));
  EXPECT_EQ(answer["response"]["warnings"], (json{"w1", "\"w2\""}));
  EXPECT_EQ(answer["response"]["auditAnnotations"], (json{{"a\"", "x"}, {"b", "\t"}}));
}

}  // namespace
}  // namespace admission

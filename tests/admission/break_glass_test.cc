// Break-glass as the API server brings it: who asks, what the annotations were, and what remains in the audit log.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/admission/reviews.h"

namespace admission {
namespace {

using nlohmann::json;
using testing::deny_high;
using testing::FedView;
using ::testing::HasSubstr;
using testing::kAmd64;
using testing::kNow;
using testing::namespace_object;
using testing::pod;
using testing::policy_object;
using testing::report_object;
using testing::Request;
using testing::review_json;
using testing::row;
using testing::scan_object;

constexpr const char* kAnnotation = "shop.example/emergency";

json annotated(json object) {
  object["metadata"]["annotations"] = {{kAnnotation, "INC-7"}};
  return object;
}

// A cluster in which registry:5000/web:1 is denied, but for members of `oncall` who say why.
class BreakGlass : public ::testing::Test {
 protected:
  BreakGlass() {
    json policy = deny_high();
    policy["breakGlass"] = {{"annotation", kAnnotation}, {"groups", {"oncall"}}};
    fed_.list_nothing();
    fed_.apply(namespace_object("shop"));
    fed_.apply(policy_object(policy));
    fed_.apply(scan_object({}));
    fed_.apply(report_object(kAmd64, {row("CVE-1", crds::Severity::kHigh)}));
  }

  Judgement judged(const Request& request, const std::string& user, const std::vector<std::string>& groups) {
    json review = review_json(request);
    review["request"]["uid"] = "705ab4f5-6393-11e8-b7cc-42010a800002";
    review["request"]["userInfo"] = {{"username", user}, {"groups", groups}};
    std::string uid;
    return judge(decode_review(review.dump(), policy::kubernetes_workload_kinds(), uid), fed_.view(), kNow);
  }

  FedView fed_;
  const json web_ = pod({"registry:5000/web:1"});
};

TEST_F(BreakGlass, AMemberGetsIn) {
  const Judgement judgement = judged({.object = annotated(web_)}, "eve", {"oncall"});
  EXPECT_TRUE(judgement.answer.allowed);
  EXPECT_THAT(judgement.answer.warnings, ::testing::ElementsAre(HasSubstr("break-glass (INC-7)")));
  EXPECT_EQ(judgement.answer.audit_annotations.at("break-glass"),
            "ClusterScanPolicy/default by shop.example/emergency: INC-7");
  EXPECT_EQ(judgement.answer.audit_annotations.at("decision-id"), "705ab4f5-6393");
}

TEST_F(BreakGlass, NobodyElseDoes) {
  const Judgement judgement = judged({.object = annotated(web_)}, "bob", {"dev"});
  EXPECT_FALSE(judgement.answer.allowed);
  EXPECT_EQ(judgement.cause, "break_glass");
  EXPECT_THAT(judgement.answer.message, HasSubstr("decision 705ab4f5-6393"));
}

TEST_F(BreakGlass, TheReplicaSetsPodInherits) {
  EXPECT_TRUE(judged({.object = annotated(web_)}, "system:serviceaccount:kube-system:replicaset-controller", {})
                  .answer.allowed);
}

TEST_F(BreakGlass, AnUpdateOfTheAnnotationAloneIsJudged) {
  const Request set{.operation = "UPDATE", .object = annotated(web_), .old_object = web_};
  EXPECT_FALSE(judged(set, "bob", {"dev"}).answer.allowed);
  EXPECT_TRUE(judged(set, "eve", {"oncall"}).answer.allowed);
  const Request taken_away{.operation = "UPDATE", .object = web_, .old_object = annotated(web_)};
  EXPECT_FALSE(judged(taken_away, "bob", {"dev"}).answer.allowed);
}

TEST_F(BreakGlass, OtherAnnotationsAreFree) {
  json other = web_;
  other["metadata"]["annotations"] = {{"shop.example/note", "x"}};
  EXPECT_TRUE(judged({.operation = "UPDATE", .object = other, .old_object = web_}, "bob", {"dev"}).answer.allowed);
}

TEST_F(BreakGlass, TheTemplateOfAControllerIsGuardedToo) {
  const auto deployment = [](const json& template_) { return json{{"spec", {{"template", template_}}}}; };
  const Request request{.group = "apps", .resource = "deployments", .object = deployment(annotated(web_))};
  EXPECT_FALSE(judged(request, "bob", {"dev"}).answer.allowed);
  EXPECT_TRUE(judged(request, "eve", {"oncall"}).answer.allowed);
}

}  // namespace
}  // namespace admission

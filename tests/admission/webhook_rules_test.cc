#include "admission/webhook_rules.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace admission {
namespace {

using nlohmann::json;

TEST(WebhookRules, KubernetesOwnKindsNeedNoPatch) {
  EXPECT_EQ(json::parse(webhook_rules_patch(policy::kubernetes_workload_kinds())), json::array());
}

TEST(WebhookRules, AConfiguredKindIsAskedAboutInEveryVersion) {
  policy::WorkloadKinds kinds;
  kinds.add_pod_template("rollouts.argoproj.io=spec.template");
  kinds.add_image_field("rollouts.argoproj.io=spec.image");
  kinds.add_image_field("tasks.tekton.dev=spec.steps[].image");
  const json patch = json::parse(webhook_rules_patch(kinds));
  ASSERT_EQ(patch.size(), 3U) << "a kind with two paths has one rule";
  EXPECT_EQ(patch[0], json({{"op", "test"}, {"path", "/webhooks/1/name"}, {"value", "workloads.pratique.dev"}}));
  EXPECT_EQ(patch[1]["path"], "/webhooks/1/rules/-");
  EXPECT_EQ(patch[1]["value"]["apiGroups"], json({"argoproj.io"}));
  EXPECT_EQ(patch[1]["value"]["apiVersions"], json({"*"}));
  EXPECT_EQ(patch[1]["value"]["operations"], json({"CREATE", "UPDATE"}));
  EXPECT_EQ(patch[1]["value"]["resources"], json({"rollouts"}));
  EXPECT_EQ(patch[2]["value"]["resources"], json({"tasks"}));
}

}  // namespace
}  // namespace admission

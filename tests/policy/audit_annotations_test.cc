#include "policy/audit_annotations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/policy_builders.h"

namespace policy {
namespace {

using crds::Severity;
using nlohmann::json;
using testing::deny_high;
using testing::finding;
using ::testing::IsEmpty;
using testing::policy_of;
using testing::Scene;
using Texts = std::map<std::string, std::string>;

Texts annotations(const Scene& scene) {
  return audit_annotations(scene.decide(), scene.question);
}

TEST(AuditAnnotations, OfAnAdmissionSayLittle) {
  EXPECT_EQ(annotations(Scene()), (Texts{{"decision", "allow"}}));
}

TEST(AuditAnnotations, NameWhatDecidedAndUnderWhichGenerations) {
  Scene scene({finding("CVE-1", Severity::kCritical)});
  scene.with(policy_of(deny_high())).with(policy_of({{"mode", "Audit"}, {"requireDigest", true}}, "trial"));
  scene.book.policies.front().generation = 3;
  scene.question.id = "705ab4f5-6393";
  scene.question.database_generation = 17;
  EXPECT_EQ(
      annotations(scene),
      (Texts{{"decision", "deny"},
             {"reasons", "ClusterScanPolicy/default/high findings; ClusterScanPolicy/trial no_digest (would deny)"},
             {"policies", "ClusterScanPolicy/default generation 3; ClusterScanPolicy/trial generation 0"},
             {"decision-id", "705ab4f5-6393"},
             {"database-generation", "17"}}));
}

TEST(AuditAnnotations, KeepWhyTheGlassWasBroken) {
  Scene scene({finding("CVE-1", Severity::kCritical)});
  json spec = deny_high();
  spec["breakGlass"] = {{"annotation", "shop.example/emergency"}, {"groups", {"oncall"}}};
  scene.with(policy_of(spec));
  scene.question.subject.annotations = {{"shop.example/emergency", "INC-7\n"}};
  EXPECT_EQ(annotations(scene).at("break-glass"), "ClusterScanPolicy/default by shop.example/emergency: INC-7\\u{a}");
  EXPECT_EQ(annotations(scene).at("decision"), "warn");
}

TEST(AuditAnnotations, AreBounded) {
  Scene scene({finding("CVE-1", Severity::kCritical)});
  for (int i = 0; i < 100; ++i) scene.with(policy_of(deny_high(), std::string(60, 'p') + std::to_string(i)));
  for (const auto& [key, text] : annotations(scene)) EXPECT_LE(text.size(), 1024U + 128U) << key;
}

}  // namespace
}  // namespace policy

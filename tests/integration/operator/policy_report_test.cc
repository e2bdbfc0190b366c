// Findings as reports of another project's kind, by the real API server, which refuses what that kind does not allow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/operator/installed_operator.h"
#include "tests/support/compress.h"
#include "tests/support/paths.h"
#include "tests/support/sample_image.h"

namespace pratique_operator {
namespace {

using nlohmann::json;
using tests::eventually;
using tests::InstalledOperator;

const kubernetes::ResourceType kReport{"openreports.io", "v1alpha1", "Report", "reports", true};

class PolicyReportInCluster : public ::testing::Test {
 protected:
  PolicyReportInCluster() {
    tests::kubectl_or_throw(
        {"apply", "--server-side", "-f", tests::source_path() / "manifests/policy_reports/rbac.yaml"});
    cluster_.start_anew({.kubeconfig = {}, .options = {"--policy-reports", "openreports.io"}});
  }
  ~PolicyReportInCluster() override { cluster_.start_anew({}); }

  void scan() {
    followed_.registry().add_image(tests::gzip(tests::sample_layer()), "v1");
    key_ = tests::create_scan(followed_.name(), "web", {{"image", followed_.registry().host() + "/shop/web:v1"}});
  }
  [[nodiscard]] std::optional<json> report() const {
    return cluster_.admin()->get(kReport, {followed_.name(), "pratique"});
  }

  InstalledOperator& cluster_ = InstalledOperator::instance();
  tests::FollowedNamespace followed_{"reported"};
  kubernetes::ObjectKey key_;
};

// The kind is not there first: the rows are, and the log says what is missing. Then it is, and is filled.
TEST_F(PolicyReportInCluster, SaysWhatTheRowsSay) {
  scan();
  const auto rows = [&] {
    return tests::kubectl_or_throw({"get", "findings", "-n", followed_.name(), "--output=name"});
  };
  ASSERT_TRUE(eventually([&] { return !rows().empty(); }));
  ASSERT_TRUE(eventually([&] { return cluster_.leader().log().find("is the kind Report of openreports.io/v1alpha1 installed") != std::string::npos; }))
      << cluster_.leader().log();

  tests::ControlPlane::instance().apply(tests::source_path() / "tests/integration/operator/open_reports.yaml");
  ASSERT_TRUE(eventually([&] { return report().has_value(); }, std::chrono::seconds(40))) << cluster_.leader().log();

  const json stored = *report();
  const auto lines = std::ranges::count(rows(), '\n');
  EXPECT_EQ(stored.at("results").size(), static_cast<std::size_t>(lines));
  const json& worst = stored.at("results")[0];
  EXPECT_EQ(worst.at("rule"), "CVE-2024-90001");
  EXPECT_EQ(worst.at("result"), "fail") << "the policy denies it";
  EXPECT_EQ(worst.at("properties").at("package"), "lodash");
  EXPECT_EQ(stored.at("summary").at("fail").get<int>() + stored.at("summary").at("warn").get<int>(), lines);

  (void)tests::ControlPlane::instance().kubectl({"delete", "imagescan", key_.name, "-n", key_.ns, "--wait=false"});
  EXPECT_TRUE(eventually([&] { return !report().has_value(); }, std::chrono::seconds(40))) << "there is no open row";
}

}  // namespace
}  // namespace pratique_operator

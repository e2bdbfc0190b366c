// The program of docs/kubernetes-runtime.md against a real kube-apiserver.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kubernetes/lease.h"
#include "tests/support/background_process.h"
#include "tests/support/control_plane.h"
#include "tests/support/paths.h"

namespace kubernetes {
namespace {

using testing::HasSubstr;
using testing::Not;
using tests::BackgroundProcess;
using tests::ControlPlane;
using tests::eventually;
using tests::kConfigMap;

class Example : public testing::Test {
 protected:
  Example() {
    EXPECT_TRUE(eventually([&] { return client_->get(kConfigMap, {ns_, "kube-root-ca.crt"}).has_value(); }));
  }
  [[nodiscard]] std::unique_ptr<BackgroundProcess> start(const std::string& name) const {
    return std::make_unique<BackgroundProcess>(
        std::vector<std::string>{tests::program_path("kubernetes-example"), ns_, ControlPlane::instance().kubeconfig()},
        testing::TempDir() + "/" + ns_ + name + ".log");
  }
  void create(const std::string& name) const {
    (void)client_->create(kConfigMap, {{"metadata", {{"namespace", ns_}, {"name", name}}}, {"data", {{"a", "1"}}}});
  }
  [[nodiscard]] nlohmann::json counting() const {
    return client_->get(kConfigMap, {ns_, "config-map-count"}).value_or(nlohmann::json::object());
  }
  [[nodiscard]] bool counts(const std::string& number) const {
    const nlohmann::json::json_pointer path("/data/count");
    return eventually([&] { return counting().value(path, "") == number; });
  }

  std::string ns_ = ControlPlane::instance().make_namespace("example");
  std::shared_ptr<ApiClient> client_ = ControlPlane::instance().client();
};

TEST_F(Example, TellsChangesAndKeepsTheCount) {
  const std::unique_ptr<BackgroundProcess> program = start("");
  EXPECT_TRUE(counts("1")) << program->output();

  create("web");
  EXPECT_TRUE(counts("2")) << program->output();
  (void)client_->merge_patch(kConfigMap, {ns_, "web"}, {{"data", {{"a", "2"}}}}, {});
  EXPECT_TRUE(eventually([&] { return program->output().find("changed " + ns_ + "/web") != std::string::npos; }));
  (void)client_->remove(kConfigMap, {ns_, "web"}, {});
  EXPECT_TRUE(counts("1")) << program->output();

  EXPECT_EQ(program->stop(), 0);
  EXPECT_THAT(program->output(), HasSubstr("new " + ns_ + "/web\n"));
  EXPECT_THAT(program->output(), HasSubstr("gone " + ns_ + "/web\n"));
  EXPECT_THAT(program->output(), Not(HasSubstr("kubernetes-example:"))) << "nothing failed";
  EXPECT_EQ(client_->get(lease_type(), {ns_, "kubernetes-example"})->at("spec").at("holderIdentity"), "")
      << "the next one need not wait";
}

TEST_F(Example, OfTwoCopiesOneWritesAndTheOtherTakesOver) {
  const std::unique_ptr<BackgroundProcess> first = start("-first");
  ASSERT_TRUE(counts("1")) << first->output();
  const std::string version = resource_version_of(counting());
  const std::unique_ptr<BackgroundProcess> second = start("-second");
  ASSERT_TRUE(eventually([&] { return second->output().find("new " + ns_) != std::string::npos; }));

  EXPECT_EQ(first->stop(), 0);
  create("web");

  EXPECT_TRUE(counts("2")) << second->output();
  EXPECT_EQ(second->stop(), 0);
  EXPECT_TRUE(is_older_version(version, resource_version_of(counting())));
}

TEST_F(Example, SaysHowItIsUsedAndWhatIsWrong) {
  const tests::CommandResult usage = tests::run_command({tests::program_path("kubernetes-example")});
  EXPECT_EQ(usage.exit_code, 2);
  EXPECT_THAT(usage.output, HasSubstr("usage: kubernetes-example NAMESPACE"));
  const tests::CommandResult no_file =
      tests::run_command({tests::program_path("kubernetes-example"), ns_, "/nowhere/kubeconfig"});
  EXPECT_EQ(no_file.exit_code, 1);
  EXPECT_THAT(no_file.output, HasSubstr("/nowhere/kubeconfig"));
}

}  // namespace
}  // namespace kubernetes

// The webhook without one of its rights, for each right to look in turn: it says which one is missing, does not call
// itself ready, does not end, and is ready once it has the right again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "net/http_client.h"
#include "tests/integration/roles.h"
#include "tests/support/background_process.h"
#include "tests/support/installation.h"
#include "tests/support/layout_writer.h"
#include "tests/support/paths.h"

namespace admission {
namespace {

using nlohmann::json;
using tests::ControlPlane;
using tests::eventually;
using tests::Right;

const kubernetes::ObjectKey kRole{"", "pratique-admission"};

class Webhook {
 public:
  [[nodiscard]] bool ready() const { return tests::answers_ok(ready_url()); }
  [[nodiscard]] std::string readiness() const {
    try {
      return net::make_http_client({})->send({.url = net::parse_url(ready_url())}).body;
    } catch (const base::NetworkError&) {
      return "it does not listen yet";
    }
  }
  [[nodiscard]] std::string log() const { return process_.output(); }
  [[nodiscard]] bool running() { return process_.running(); }
  int stop() { return process_.stop(); }

 private:
  [[nodiscard]] std::string ready_url() const { return "http://127.0.0.1:" + std::to_string(health_port_) + "/readyz"; }

  int health_port_ = tests::free_port();
  tests::TemporaryFolder folder_;
  tests::BackgroundProcess process_{
      {tests::program_path("pratique-admission"), "--kubeconfig", tests::kubeconfig_of_account("pratique-admission"),
       "--namespace", "pratique-system", "--port", std::to_string(tests::free_port()), "--health-port",
       std::to_string(health_port_), "--metrics-port", std::to_string(tests::free_port()), "--drain-seconds", "0",
       "--no-webhook-configuration"},
      folder_.path() / "admission.log"};
};

class AdmissionRights : public ::testing::Test {
 protected:
  AdmissionRights() {
    tests::install_definitions();
    tests::kubectl_or_throw({"apply", "--server-side", "-f", tests::source_path() / "manifests/base/namespace.yaml"});
    tests::install_manifests("base/rbac");
    role_ = admin_->get(tests::kClusterRole, kRole).value();
    role_["metadata"].erase("resourceVersion");
  }
  ~AdmissionRights() override { give(role_); }

  void give(const json& role) { static_cast<void>(admin_->replace(tests::kClusterRole, role, "")); }

  std::shared_ptr<kubernetes::ApiClient> admin_ = ControlPlane::instance().client();
  json role_;
};

TEST_F(AdmissionRights, EachThatIsMissingIsNamedAndNothingEnds) {
  std::size_t looked = 0;
  for (const Right& right : tests::rights_of(role_)) {
    if (right.verb != "list" && right.verb != "watch") continue;
    SCOPED_TRACE(right.text());
    ++looked;
    give(tests::without(role_, right));
    Webhook webhook;
    EXPECT_TRUE(eventually([&] { return webhook.log().find(right.refusal()) != std::string::npos; })) << webhook.log();
    EXPECT_TRUE(webhook.running());
    if (right.verb == "list") {
      EXPECT_TRUE(eventually([&] { return webhook.readiness().find("not listed yet: ") != std::string::npos; }))
          << webhook.readiness();
      EXPECT_FALSE(webhook.ready());
    }
    give(role_);
    EXPECT_TRUE(eventually([&] { return webhook.ready(); }, std::chrono::seconds(30))) << webhook.readiness();
    EXPECT_EQ(webhook.stop(), 0);
  }
  EXPECT_GT(looked, 20U);
}

}  // namespace
}  // namespace admission

// Several replicas behind a Service, under load through a real kube-apiserver with failurePolicy Fail: restarts and new
// certificates fail no admission. And what to do when nobody answers any more.
//
// PRATIQUE_ROTATION=long renews the leaf every 5 s and the authority every 60 s, for 150 s; otherwise it is a short
// form.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <deque>
#include <iterator>
#include <set>
#include <sstream>
#include <thread>

#include "base/base64.h"
#include "base/file.h"
#include "base/guarded.h"
#include "net/certificates.h"
#include "net/http_client.h"
#include "tests/support/background_process.h"
#include "tests/support/installation.h"
#include "tests/support/paths.h"
#include "tests/support/tcp_service.h"

namespace admission {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using ::testing::HasSubstr;
using tests::ControlPlane;
using tests::eventually;
using tests::kSecret;
using tests::kWebhookConfiguration;

const kubernetes::ResourceType kPod{"", "v1", "Pod", "pods", true};
const kubernetes::ObjectKey kOurConfiguration{.ns = {}, .name = "pratique-admission"};

struct Rotation {
  int leaf_seconds;
  int authority_seconds;
  seconds time;
};

Rotation rotation() {
  const char* form = std::getenv("PRATIQUE_ROTATION");
  if (form != nullptr && std::string(form) == "long") return {5, 60, seconds(150)};
  return {1, 4, seconds(14)};
}

// One pratique-admission behind the Service.
class Replica {
 public:
  explicit Replica(tests::TcpService& service) : service_(service) {
    service_.add(port_, [url = ready_url()] { return tests::answers_ok(url); });
  }
  ~Replica() { service_.remove(port_); }
  Replica(const Replica&) = delete;
  Replica& operator=(const Replica&) = delete;

  [[nodiscard]] bool is_ready() const { return tests::answers_ok(ready_url()); }
  [[nodiscard]] std::string output() const { return process_.output(); }
  int stop() { return process_.stop(); }

 private:
  [[nodiscard]] std::string ready_url() const { return "http://127.0.0.1:" + std::to_string(health_port_) + "/readyz"; }
  [[nodiscard]] std::vector<std::string> words() const {
    const Rotation form = rotation();
    return {tests::program_path("pratique-admission"),
            "--kubeconfig",
            tests::kubeconfig_of_account("pratique-admission"),
            "--namespace=pratique-system",
            "--port=" + std::to_string(port_),
            "--health-port=" + std::to_string(health_port_),
            "--metrics-port=" + std::to_string(tests::free_port()),
            "--drain-seconds=2",
            "--leaf-renewal-seconds=" + std::to_string(form.leaf_seconds),
            "--authority-renewal-seconds=" + std::to_string(form.authority_seconds),
            "--trust-delay-seconds=1",
            "--webhook-url=https://127.0.0.1:" + std::to_string(service_.port()) + "/validate"};
  }

  tests::TcpService& service_;
  const int port_ = tests::free_port();
  const int health_port_ = tests::free_port();
  tests::BackgroundProcess process_{words(),
                                    tests::control_plane_folder() / ("admission-" + std::to_string(port_) + ".log")};
};

// Creates pods, on dry run, until destroyed: every one has to be admitted.
class Load {
 public:
  explicit Load(const std::string& ns) {
    for (int i = 0; i < 3; ++i) {
      clients_.emplace_back([this, ns](const std::stop_token& stop) { create_pods(ns, stop); });
    }
  }
  [[nodiscard]] int admitted() const { return admitted_; }
  [[nodiscard]] std::set<std::string> failures() const {
    return failures_.with([](const auto& failures) { return failures; });
  }

 private:
  void create_pods(const std::string& ns, const std::stop_token& stop) {
    const auto config = ControlPlane::instance().config();
    const auto client = net::make_http_client({.tls = config->tls, .address_policy = {}});
    net::HttpRequest request{.method = "POST", .url = config->server};
    request.url.target = kPod.path(ns) + "?dryRun=All";
    request.headers["Content-Type"] = "application/json";
    request.body = json{{"apiVersion", "v1"},
                        {"kind", "Pod"},
                        {"metadata", {{"generateName", "web-"}}},
                        {"spec", {{"containers", {{{"name", "web"}, {"image", "registry.test/web:1"}}}}}}}
                       .dump();
    while (!stop.stop_requested()) {
      const net::HttpResponse response = client->send(request);
      if (response.status == 201) {
        ++admitted_;
      } else {
        failures_.with([&](auto& failures) { failures.insert(response.body.substr(0, 600)); });
      }
    }
  }

  std::atomic<int> admitted_ = 0;
  base::Guarded<std::set<std::string>> failures_;
  std::vector<std::jthread> clients_;
};

// Three replicas, and a cluster without policies: whatever is not admitted is a failure of the webhook.
class Replicas : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    (void)ControlPlane::instance();
    service_ = std::make_unique<tests::TcpService>();
    tests::install_definitions();
    tests::install_manifests("overlays/audit");
    tests::kubectl_or_throw({"delete", "clusterscanpolicies", "--all"});
    for (int i = 0; i < 3; ++i) replicas_.push_back(std::make_unique<Replica>(*service_));
    if (!eventually([] { return service_->ready() == 3; }, seconds(60))) {
      throw std::runtime_error("the replicas are not ready:\n" + replicas_.front()->output());
    }
    tests::install_manifests("webhook");
    if (!eventually([] { return !bundle().empty(); })) throw std::runtime_error("no caBundle was written");
  }
  static void TearDownTestSuite() {
    replicas_.clear();
    service_.reset();
  }

  static json webhooks() {
    return ControlPlane::instance().client()->get(kWebhookConfiguration, kOurConfiguration)->at("webhooks");
  }
  static std::string bundle() { return webhooks()[0]["clientConfig"].value("caBundle", ""); }
  static std::string leaf() {
    const auto secret = ControlPlane::instance().client()->get(kSecret, {"pratique-system", "pratique-admission-tls"});
    return secret ? secret->at("data").value("tls.crt", "") : "";
  }
  static bool admits(const std::string& ns) {
    return ControlPlane::instance()
               .kubectl({"run", tests::unique_name("probe"), "--image=registry.test/web:1", "-n", ns})
               .exit_code == 0;
  }

  static std::unique_ptr<tests::TcpService> service_;
  static std::deque<std::unique_ptr<Replica>> replicas_;
  const std::string ns_ = ControlPlane::instance().make_namespace("shop");
};

std::unique_ptr<tests::TcpService> Replicas::service_;
std::deque<std::unique_ptr<Replica>> Replicas::replicas_;

TEST_F(Replicas, FailNoAdmissionWhileCertificatesAreRenewed) {
  ASSERT_TRUE(eventually([&] { return admits(ns_); }));
  std::set<std::string> bundles;
  std::set<std::string> leaves;
  const auto client = ControlPlane::instance().client();
  const auto end = std::chrono::steady_clock::now() + rotation().time;
  const Load load(ns_);
  (void)eventually(
      [&] {
        bundles.insert(bundle());
        leaves.insert(leaf());
        return std::chrono::steady_clock::now() > end;
      },
      rotation().time * 2);

  EXPECT_THAT(load.failures(), ::testing::IsEmpty());
  EXPECT_GE(bundles.size(), 3U) << "two new authorities";
  EXPECT_GE(leaves.size(), 5U);
  std::printf("%d admitted, %zu bundles, %zu leaves\n", load.admitted(), bundles.size(), leaves.size());
}

// As a Deployment does it with maxSurge 1 and maxUnavailable 0.
TEST_F(Replicas, FailNoAdmissionWhileTheyAreRestartedOneByOne) {
  ASSERT_TRUE(eventually([&] { return admits(ns_); }));
  const Load load(ns_);
  for (int i = 0; i < 3; ++i) {
    replicas_.push_back(std::make_unique<Replica>(*service_));
    ASSERT_TRUE(eventually([] { return replicas_.back()->is_ready() && service_->ready() == 4; }));
    EXPECT_EQ(replicas_.front()->stop(), 0) << replicas_.front()->output();
    replicas_.pop_front();
  }

  EXPECT_THAT(load.failures(), ::testing::IsEmpty());
  EXPECT_GT(load.admitted(), 50);
  std::printf("%d admitted during three restarts\n", load.admitted());
}

TEST_F(Replicas, HealTheBundleAndTheSecret) {
  const auto client = ControlPlane::instance().client();
  json configuration = *client->get(kWebhookConfiguration, kOurConfiguration);
  for (json& webhook : configuration["webhooks"]) webhook["clientConfig"].erase("caBundle");
  (void)client->replace(kWebhookConfiguration, configuration, "");
  (void)client->remove(kSecret, {"pratique-system", "pratique-admission-tls"}, "");

  EXPECT_TRUE(eventually([&] { return !bundle().empty() && !leaf().empty() && admits(ns_); }));
}

TEST_F(Replicas, SayThatTheirPortIsTaken) {
  tests::BackgroundProcess second(
      {tests::program_path("pratique-admission"), "--kubeconfig", tests::kubeconfig_of_account("pratique-admission"),
       "--namespace=pratique-system", "--port=" + std::to_string(service_->port()),
       "--health-port=" + std::to_string(tests::free_port()), "--metrics-port=" + std::to_string(tests::free_port())},
      tests::control_plane_folder() / "second.log");
  EXPECT_TRUE(eventually([&] { return !second.running(); }));
  EXPECT_THAT(second.output(), HasSubstr("pratique-admission: cannot listen on 0.0.0.0 port " +
                                         std::to_string(service_->port()) + ": Address already in use"));
}

// The command as README.md has it.
std::vector<std::string> emergency_command() {
  const std::string readme = base::read_file(tests::source_path() / "README.md", 1 << 20);
  const std::size_t advice = readme.find("If the webhook ever stands in the way");
  const std::size_t begin = readme.find("$ kubectl ", advice);
  if (advice == std::string::npos || begin == std::string::npos) return {};
  std::istringstream line(readme.substr(begin + 10, readme.find('\n', begin) - begin - 10));
  return {std::istream_iterator<std::string>(line), std::istream_iterator<std::string>()};
}

// Last: it takes everything away.
TEST_F(Replicas, WhenNobodyAnswersNothingPassesUntilTheEmergencyCommand) {
  for (const auto& replica : replicas_) (void)replica->stop();
  EXPECT_FALSE(admits(ns_));

  // What a namespace's owner can say of it exempts nothing; what the API server says of its name does.
  for (const char* label : {"kubernetes.io/metadata.name=kube-system", "kubernetes.io/metadata.name=pratique-system",
                            "app.kubernetes.io/part-of=pratique", "pratique.dev/exempt=true"}) {
    (void)ControlPlane::instance().kubectl({"label", "namespace", ns_, label, "--overwrite"});
    EXPECT_FALSE(admits(ns_)) << label;
  }
  EXPECT_TRUE(admits("kube-system"));
  for (const json& webhook : webhooks()) {
    EXPECT_TRUE(webhook.value("objectSelector", json::object()).empty()) << "users label their objects";
    EXPECT_EQ(webhook["namespaceSelector"]["matchExpressions"].size(), 1U);
    EXPECT_EQ(webhook["namespaceSelector"]["matchExpressions"][0]["key"], "kubernetes.io/metadata.name");
  }

  const tests::CommandResult command = ControlPlane::instance().kubectl(emergency_command());
  EXPECT_EQ(command.exit_code, 0) << command.output;
  EXPECT_TRUE(eventually([&] { return admits(ns_); }));
}

}  // namespace
}  // namespace admission

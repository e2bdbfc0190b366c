// The webhook where something around it is missing or somebody else's: an API server that says nothing any more, a
// certificate that comes from a folder, a person who asks instead of the API server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "base/base64.h"
#include "net/certificates.h"
#include "tests/integration/admission/scanned_namespace.h"
#include "tests/integration/admission/webhook_client.h"
#include "tests/support/paths.h"

namespace admission {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using tests::eventually;
using tests::kBadImage;
using tests::kGoodImage;
using tests::kSecret;

class Apart : public ::testing::Test, protected tests::ScannedNamespace {};

// Stops the process of the control plane, and lets it go on at the end.
class Frozen {
 public:
  explicit Frozen(const std::string& name) {
    std::ifstream(tests::control_plane_folder() / "pids" / name) >> pid_;
    if (pid_ <= 0 || kill(pid_, SIGSTOP) != 0) throw std::runtime_error("there is no " + name);
  }
  ~Frozen() { (void)kill(pid_, SIGCONT); }
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;

 private:
  pid_t pid_ = 0;
};

TEST_F(Apart, WithoutTheApiServerItGoesOnFromWhatItKnowsAndTellsItsAge) {
  const json secret = *cluster().admin()->get(kSecret, {"pratique-system", "pratique-admission-tls"});
  const tests::WebhookClient client(cluster().port(),
                                    base::decode_base64(secret.at("data").at("ca.crt").get<std::string>()).value());
  const auto age = [&] {
    return tests::metric_of(cluster().metrics_port(), "pratique_admission_snapshot_age_seconds");
  };
  ASSERT_TRUE(client.review(pod("web", kGoodImage)).at("allowed").get<bool>());
  {
    const Frozen api_server("kube-apiserver");
    const double before = age();
    EXPECT_TRUE(eventually([&] { return age() >= before + 2; })) << "nothing is heard";
    EXPECT_TRUE(client.review(pod("web", kGoodImage)).at("allowed").get<bool>());
    const json denied = client.review(pod("web", kBadImage));
    EXPECT_FALSE(denied.at("allowed").get<bool>());
    EXPECT_THAT(denied.at("status").at("message").get<std::string>(), HasSubstr(tests::kBadFinding));
  }
  scanned("registry.test:5000/web:3", {});
  EXPECT_TRUE(eventually([&] { return dry_run_refusal(pod("web", "registry.test:5000/web:3")).empty(); }))
      << "what happens afterwards is heard of";
}

// A Secret of cert-manager, mounted: somebody else renews what lies in it.
class CertificateFolder {
 public:
  CertificateFolder() { std::filesystem::create_directories(path_); }

  // The authority that it is signed by.
  std::string renew() const {
    const base::SystemTime now = base::RealClock().system_now();
    const net::KeyPair authority = net::make_authority("somebody else's", now, std::chrono::hours(1));
    const net::KeyPair leaf = net::issue_leaf(authority, {.common_name = "webhook", .dns_names = {"127.0.0.1"}}, now);
    write("ca.crt", authority.certificate_pem);
    write("tls.crt", leaf.certificate_pem);
    write("tls.key", leaf.key_pem);
    return authority.certificate_pem;
  }
  [[nodiscard]] std::string path() const { return path_; }

 private:
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / (name + ".new")) << text;
    std::filesystem::rename(path_ / (name + ".new"), path_ / name);
  }
  const std::filesystem::path path_ = tests::control_plane_folder() / "tls";
};

TEST_F(Apart, ACertificateFromAFolderIsServedAndItsSuccessorToo) {
  const CertificateFolder folder;
  const std::string first = folder.renew();
  const int port = tests::free_port();
  const int health_port = tests::free_port();
  tests::BackgroundProcess webhook(
      {tests::InstalledCluster::webhook_program(), "--kubeconfig", tests::kubeconfig_of_account("pratique-admission"),
       "--namespace=pratique-system", "--tls-dir", folder.path(), "--no-webhook-configuration",
       "--port=" + std::to_string(port), "--health-port=" + std::to_string(health_port),
       "--metrics-port=" + std::to_string(tests::free_port()), "--drain-seconds=0", "--leaf-renewal-seconds=1",
       "--trust-delay-seconds=0"},
      tests::control_plane_folder() / "admission-folder.log");
  ASSERT_TRUE(eventually([&] {
    return tests::answers_ok("http://127.0.0.1:" + std::to_string(health_port) + "/readyz");
  })) << webhook.output();

  const tests::WebhookClient trusting_first(port, first);
  EXPECT_FALSE(trusting_first.review(pod("web", kBadImage)).at("allowed").get<bool>());

  const tests::WebhookClient trusting_second(port, folder.renew());
  EXPECT_TRUE(eventually([&] { return trusting_second.answers(); })) << webhook.output();
  const json admitted = trusting_second.review(pod("web", kGoodImage));
  EXPECT_TRUE(admitted.at("allowed").get<bool>()) << admitted;
}

TEST_F(Apart, AFolderWithoutACertificateEndsItWithTheNameOfWhatIsMissing) {
  const tests::CommandResult run = tests::run_command(
      {tests::InstalledCluster::webhook_program(), "--kubeconfig", tests::kubeconfig_of_account("pratique-admission"),
       "--tls-dir", "/nowhere", "--port=" + std::to_string(tests::free_port()),
       "--health-port=" + std::to_string(tests::free_port()), "--metrics-port=" + std::to_string(tests::free_port())});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, HasSubstr("/nowhere"));
}

// `pratique explain` with these words, as the administrator.
class Explain : public Apart {
 protected:
  [[nodiscard]] tests::CommandResult explain(std::vector<std::string> words) const {
    std::vector<std::string> all{tests::program_path("pratique"),
                                 "explain",
                                 "--kubeconfig",
                                 tests::ControlPlane::instance().kubeconfig(),
                                 "--namespace",
                                 ns()};
    all.insert(all.end(), words.begin(), words.end());
    return tests::run_command(all);
  }
  [[nodiscard]] std::string file_of(const json& object) const {
    const std::string path = tests::control_plane_folder() / (tests::unique_name("object") + ".json");
    std::ofstream(path) << object.dump();
    return path;
  }
};

TEST_F(Explain, SaysOfAFileWhatTheWebhookSaysOfThePod) {
  const std::string refused = refusal(pod("web", kBadImage));
  const tests::CommandResult run = explain({"-f", file_of(pod("web", kBadImage))});
  EXPECT_EQ(run.exit_code, 2) << run.output;
  EXPECT_THAT(run.output, HasSubstr("denied"));
  for (const char* told :
       {"ClusterScanPolicy/default", "rule \"high\"", "CVE-2018-18074 requests 2.19.0, fixed in 2.20.0"}) {
    EXPECT_THAT(refused, HasSubstr(told));
    EXPECT_THAT(run.output, HasSubstr(told));
  }
  EXPECT_EQ(explain({"-f", file_of(pod("web", kGoodImage))}).exit_code, 0);
}

TEST_F(Explain, SaysOfAPodThatIsThereWhetherItWouldComeInAgain) {
  ASSERT_EQ(refusal(pod("web", kGoodImage)), "");
  const tests::CommandResult admitted = explain({"pod/web"});
  EXPECT_EQ(admitted.exit_code, 0) << admitted.output;
  EXPECT_THAT(admitted.output, HasSubstr("admitted"));
  scanned(kGoodImage, {bad_row()});
  EXPECT_NE(explain({"pod/web"}).exit_code, 0) << "a new advisory hit it";
  EXPECT_THAT(explain({"pod/absent"}).output, HasSubstr("absent"));
}

}  // namespace
}  // namespace admission

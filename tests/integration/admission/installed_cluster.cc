#include "tests/integration/admission/installed_cluster.h"

#include <filesystem>
#include <stdexcept>

#include "net/http_client.h"
#include "tests/support/paths.h"

namespace tests {
namespace {

std::filesystem::path control_plane_folder() {
  return std::filesystem::path(ControlPlane::instance().kubeconfig()).parent_path();
}

std::shared_ptr<kubernetes::ApiClient> client_of(const std::string& kubeconfig) {
  return kubernetes::make_api_client(
      std::make_shared<const kubernetes::Config>(kubernetes::load_kubeconfig(kubeconfig, "")));
}

bool answers_ok(const std::string& url) {
  const auto client = net::make_http_client({});
  try {
    return client->send({.url = net::parse_url(url)}).status == 200;
  } catch (const base::Error&) {
    return false;
  }
}

}  // namespace

std::string kubectl_or_throw(const std::vector<std::string>& words) {
  const CommandResult result = ControlPlane::instance().kubectl(words);
  if (result.exit_code != 0) throw std::runtime_error("kubectl " + words.front() + ":\n" + result.output);
  return result.output;
}

InstalledCluster& InstalledCluster::instance() {
  // The control plane is made first, so that it ends last.
  (void)ControlPlane::instance();
  static InstalledCluster cluster;
  return cluster;
}

InstalledCluster::InstalledCluster() : admin_(ControlPlane::instance().client()) {
  install();
  as_operator_ = client_of(kubeconfig_of("pratique-operator"));
  start_webhook();
}

void InstalledCluster::install() {
  const std::string manifests = tests::source_path() / "manifests/";
  kubectl_or_throw({"apply", "--server-side", "--kustomize", manifests + "base/crds"});
  kubectl_or_throw(
      {"wait", "--for=condition=Established", "--timeout=60s", "crd", "--selector=app.kubernetes.io/part-of=pratique"});
  kubectl_or_throw({"apply", "--server-side", "--kustomize", manifests + "overlays/audit"});
  kubectl_or_throw({"apply", "--server-side", "--kustomize", manifests + "overlays/enforce"});
}

std::string InstalledCluster::kubeconfig_of(const std::string& account) const {
  const std::filesystem::path folder = control_plane_folder();
  const std::filesystem::path file = folder / (account + ".kubeconfig");
  const CommandResult made =
      run_command({tests::source_path() / "tests/control_plane/service_account_kubeconfig",
                   folder.string(), "pratique-system", account, file.string()});
  if (made.exit_code != 0) throw std::runtime_error(made.output);
  return file.string();
}

void InstalledCluster::start_webhook() {
  const int port = free_port();
  const int health_port = free_port();
  metrics_port_ = free_port();
  webhook_ = std::make_unique<BackgroundProcess>(
      std::vector<std::string>{tests::program_path("pratique-admission"), "--kubeconfig",
                               kubeconfig_of("pratique-admission"), "--namespace", "pratique-system", "--port",
                               std::to_string(port), "--health-port", std::to_string(health_port), "--metrics-port",
                               std::to_string(metrics_port_), "--drain-seconds", "0", "--webhook-url",
                               "https://127.0.0.1:" + std::to_string(port) + "/validate"},
      control_plane_folder() / "admission.log");
  const std::string ready = "http://127.0.0.1:" + std::to_string(health_port) + "/readyz";
  if (!eventually([&] { return answers_ok(ready); })) {
    throw std::runtime_error("pratique-admission is not ready:\n" + webhook_->output());
  }
  // As the manual says: the configuration comes when the program is there.
  kubectl_or_throw({"apply", "--server-side", "--kustomize", tests::source_path() / "manifests/webhook"});
  const bool trusted = eventually([] {
    return !kubectl_or_throw({"get", "validatingwebhookconfiguration", "pratique-admission",
                              "--output=jsonpath={.webhooks[1].clientConfig.caBundle}"})
                .empty();
  });
  if (!trusted) throw std::runtime_error("the caBundle was not written:\n" + webhook_->output());
}

}  // namespace tests

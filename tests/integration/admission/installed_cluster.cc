#include "tests/integration/admission/installed_cluster.h"

#include <stdexcept>

#include "tests/support/paths.h"

namespace tests {

InstalledCluster& InstalledCluster::instance() {
  // The control plane is made first, so that it ends last.
  (void)ControlPlane::instance();
  static InstalledCluster cluster;
  return cluster;
}

InstalledCluster::InstalledCluster() : admin_(ControlPlane::instance().client()) {
  install();
  as_operator_ = client_of(kubeconfig_of_account("pratique-operator"));
  start_webhook({});
  if (!eventually([this] { return is_ready(); })) {
    throw std::runtime_error("pratique-admission is not ready:\n" + webhook_->output());
  }
  await_trust();
}

void InstalledCluster::install() {
  install_definitions();
  install_manifests("overlays/audit");
  install_manifests("overlays/enforce");
}

std::string InstalledCluster::webhook_program() {
  return tests::program_path("pratique-admission");
}

void InstalledCluster::start_webhook(const std::string& failpoint) {
  webhook_ = std::make_unique<BackgroundProcess>(
      std::vector<std::string>{"/usr/bin/env",
                               "PRATIQUE_FAILPOINT=" + failpoint,
                               webhook_program(),
                               kTrainTemplate,
                               kTrainImage,
                               "--kubeconfig",
                               kubeconfig_of_account("pratique-admission"),
                               "--namespace",
                               "pratique-system",
                               "--port",
                               std::to_string(port_),
                               "--health-port",
                               std::to_string(health_port_),
                               "--metrics-port",
                               std::to_string(metrics_port_),
                               "--drain-seconds",
                               "0",
                               "--denial-interval-seconds",
                               "1",
                               "--webhook-url",
                               "https://127.0.0.1:" + std::to_string(port_) + "/validate"},
      control_plane_folder() / "admission.log");
}

void InstalledCluster::start_anew(const std::string& failpoint) {
  webhook_.reset();
  start_webhook(failpoint);
}

bool InstalledCluster::is_ready() const {
  return answers_ok("http://127.0.0.1:" + std::to_string(health_port_) + "/readyz");
}

// As the manual says: the configuration comes when the program is there.
void InstalledCluster::await_trust() {
  install_manifests("webhook");
  const bool trusted = eventually([] {
    return !kubectl_or_throw({"get", "validatingwebhookconfiguration", "pratique-admission",
                              "--output=jsonpath={.webhooks[1].clientConfig.caBundle}"})
                .empty();
  });
  if (!trusted) throw std::runtime_error("the caBundle was not written:\n" + webhook_->output());
}

}  // namespace tests

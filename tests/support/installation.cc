#include "tests/support/installation.h"

#include <stdexcept>

#include "net/http_client.h"
#include "tests/support/paths.h"

namespace tests {

std::string kubectl_or_throw(const std::vector<std::string>& words) {
  const CommandResult result = ControlPlane::instance().kubectl(words);
  if (result.exit_code != 0) throw std::runtime_error("kubectl " + words.front() + ":\n" + result.output);
  return result.output;
}

std::filesystem::path control_plane_folder() {
  return std::filesystem::path(ControlPlane::instance().kubeconfig()).parent_path();
}

void install_definitions() {
  install_manifests("base/crds");
  kubectl_or_throw(
      {"wait", "--for=condition=Established", "--timeout=60s", "crd", "--selector=app.kubernetes.io/part-of=pratique"});
}

void install_manifests(const std::string& folder) {
  kubectl_or_throw({"apply", "--server-side", "--kustomize", source_path() / "manifests" / folder});
}

std::string kubeconfig_of_account(const std::string& account) {
  const std::filesystem::path folder = control_plane_folder();
  const std::filesystem::path file = folder / (account + ".kubeconfig");
  const CommandResult made = run_command({source_path() / "tests/control_plane/service_account_kubeconfig",
                                          folder.string(), "pratique-system", account, file.string()});
  if (made.exit_code != 0) throw std::runtime_error(made.output);
  return file.string();
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

}  // namespace tests

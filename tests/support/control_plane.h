// A real kube-apiserver for integration tests.
//
// CMake: pratique_test(my_integration_test LABEL integration CLUSTER SOURCES ... DEPENDS ... test_support_cluster).
// ctest then starts one control plane (the test `control_plane_start`), lets every such program use it, and stops it
// (`control_plane_stop`); `ctest -R my_integration_test` does so too. Without ctest:
//   PRATIQUE_TEST_CLUSTER=DIR  use the one that `tests/control_plane/start DIR` started: fastest while developing
//   otherwise                  the program starts one of its own in a temporary folder and stops it when it exits
// PRATIQUE_CONTROL_PLANE names a folder with the binaries; else tests/control_plane/build makes or finds them.
//
// The cluster is shared: work in a namespace of your own (make_namespace), give cluster-scoped objects a name of your
// own (unique_name), restrict a webhook configuration to your namespaces, and expect strangers in lists.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "kubernetes/api_client.h"
#include "tests/support/eventually.h"

namespace tests {

// Kubernetes' own kinds that tests use.
inline const kubernetes::ResourceType kConfigMap{"", "v1", "ConfigMap", "configmaps", true};
inline const kubernetes::ResourceType kSecret{"", "v1", "Secret", "secrets", true};
inline const kubernetes::ResourceType kWebhookConfiguration{
    "admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", false};

struct CommandResult {
  int exit_code = 0;
  std::string output;  // stdout and stderr
};

// Runs a program with these arguments and waits for it. Not for tests of the programs' own exit codes by signal.
[[nodiscard]] CommandResult run_command(const std::vector<std::string>& words);

class ControlPlane {
 public:
  // The one of this program. Found or started at the first call; throws std::runtime_error with the output when that
  // fails. Thread-safe.
  [[nodiscard]] static const ControlPlane& instance();

  // An administrator's.
  [[nodiscard]] std::string kubeconfig() const { return (dir_ / "admin.kubeconfig").string(); }
  [[nodiscard]] std::shared_ptr<const kubernetes::Config> config() const;
  // A new client, with its own connections.
  [[nodiscard]] std::shared_ptr<kubernetes::ApiClient> client(net::Metrics* metrics = nullptr) const;

  // kubectl of the same version as the server, as the administrator.
  [[nodiscard]] CommandResult kubectl(std::vector<std::string> words) const;
  // Applies a file or folder of manifests (server side) and, for CRDs, waits until they are served. Throws
  // std::runtime_error with kubectl's output.
  void apply(const std::filesystem::path& manifest) const;

  // Creates a namespace called `prefix`-<unique>, and waits for its default service account.
  [[nodiscard]] std::string make_namespace(const std::string& prefix) const;

 private:
  ControlPlane();
  ~ControlPlane();

  std::filesystem::path dir_;
  bool own_ = false;
};

// `prefix`-<8 hex>, different for each call and program.
[[nodiscard]] std::string unique_name(const std::string& prefix);

}  // namespace tests

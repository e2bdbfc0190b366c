// A control plane into which manifests/ was installed as an administrator would, with pratique-admission running as its
// own service account: what the tests of this folder share.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "kubernetes/api_client.h"
#include "tests/support/background_process.h"
#include "tests/support/installation.h"

namespace tests {

class InstalledCluster {
 public:
  // Installed and started at the first call, once for the program.
  static InstalledCluster& instance();

  [[nodiscard]] const std::shared_ptr<kubernetes::ApiClient>& admin() const { return admin_; }
  // The service account of pratique-operator, which alone may write reports and statuses.
  [[nodiscard]] const std::shared_ptr<kubernetes::ApiClient>& as_operator() const { return as_operator_; }
  [[nodiscard]] int port() const { return port_; }  // of the webhook itself
  [[nodiscard]] int metrics_port() const { return metrics_port_; }
  [[nodiscard]] BackgroundProcess& webhook() { return *webhook_; }

  [[nodiscard]] static std::string webhook_program();
  // The flags of a further kind that the webhook runs with: trains.example.com.
  static constexpr const char* kTrainTemplate = "--pod-template=trains.example.com=spec.template";
  static constexpr const char* kTrainImage = "--image-field=trains.example.com=spec.cars[].image";

  // Stops the program; later tests of it are gone.
  int stop_webhook() { return webhook_->stop(); }
  // Ends the program where it still runs and starts it anew in its place. With a failpoint (base/failpoint.h) it will
  // die there.
  void start_anew(const std::string& failpoint = {});
  [[nodiscard]] bool is_ready() const;

 private:
  InstalledCluster();
  void install();
  void start_webhook(const std::string& failpoint);
  void await_trust();

  std::shared_ptr<kubernetes::ApiClient> admin_;
  std::shared_ptr<kubernetes::ApiClient> as_operator_;
  const int port_ = free_port();
  const int metrics_port_ = free_port();
  const int health_port_ = free_port();
  std::unique_ptr<BackgroundProcess> webhook_;
};

}  // namespace tests

// Fetches what a VexSource names, and keeps its statements as ClusterFindingExceptions that belong to it.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crds/finding_exception.h"
#include "crds/vex_source.h"
#include "kubernetes/api_client.h"
#include "kubernetes/event_recorder.h"
#include "kubernetes/store.h"
#include "net/http_client.h"
#include "operator/controller/reconciler.h"
#include "operator/reconcilers/registry_resolver.h"

namespace pratique_operator::reconcilers {

// A document whose signature is not one of spec.keys: nothing of it is believed.
class NotSigned final : public base::Error {
 public:
  using base::Error::Error;
};

// One worker. The exceptions have the source as their owner, so that Kubernetes removes them with it. What cannot be
// fetched, read or verified takes nothing's place: what was believed before is believed on.
class VexSourceReconciler final : public controller::Reconciler {
 public:
  struct Surroundings {  // borrowed but for the functions and the client
    const kubernetes::Store<crds::VexSource>& sources;
    const kubernetes::Store<crds::FindingException>& exceptions;  // the cluster's
    kubernetes::ApiClient& api;
    const base::Clock& clock;
    kubernetes::EventSink& events;
    std::function<ScanRegistries()> registries;
    ProviderCredential provider_credential;
    std::string operator_namespace;
    std::shared_ptr<net::HttpClient> http;
  };
  explicit VexSourceReconciler(Surroundings surroundings) : with_(std::move(surroundings)) {}

  [[nodiscard]] controller::Result reconcile(const kubernetes::ObjectKey& key, std::stop_token stop) override;
  // For ControllerSettings::on_error.
  void report_failure(const kubernetes::ObjectKey& key, const base::Error& error);

 private:
  [[nodiscard]] std::string fetch(const crds::VexSource& source, const std::stop_token& stop);
  [[nodiscard]] std::string fetch_url(const std::string& url, const std::stop_token& stop);
  [[nodiscard]] std::string fetch_artifact(const crds::VexSource& source, const std::stop_token& stop);
  [[nodiscard]] std::string read_config_map(const crds::VexConfigMap& map);
  void keep(const crds::VexSource& source, const std::vector<crds::FindingException>& wanted);
  void forget_other_specs(const crds::VexSource& source);
  void write_status(const crds::VexSource& source, const kubernetes::Condition& fetched, crds::VexSourceStatus next);

  Surroundings with_;
};

}  // namespace pratique_operator::reconcilers

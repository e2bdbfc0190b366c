// ImageScan: what was read of its image is attached to it in the registry, where the ScanRegistry wants that. Behind
// the report: no verdict waits for a registry that takes its time. docs/formats/inventory-attestation.md.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/guarded.h"
#include "crds/image_report.h"
#include "crds/image_scan.h"
#include "kubernetes/api_client.h"
#include "kubernetes/store.h"
#include "net/metrics.h"
#include "operator/controller/reconciler.h"
#include "operator/reconcilers/registry_settings.h"
#include "registry/request_gate.h"

namespace pratique_operator::reconcilers {

// A report remembers where its inventory is attached (attached_reports.h), so that a look at one that is attached asks
// nobody. After a failure that the registry's other images would meet as well, the registry is left alone for a minute.
class AttestationReconciler final : public controller::Reconciler {
 public:
  struct Surroundings {  // borrowed, but for what is a value
    const kubernetes::Store<crds::ImageScan>& scans;
    const kubernetes::Store<crds::ImageReport>& reports;
    kubernetes::ApiClient& api;
    const base::Clock& clock;
    net::Metrics& metrics;
    std::function<ScanRegistries()> registries;
    std::string operator_namespace;         // of the key that signs and of the credentials that may push
    std::function<void()> on_change;        // standing() says something else of some server
    registry::RequestGate* gate = nullptr;  // of the requests to registries; null: none
  };
  explicit AttestationReconciler(Surroundings surroundings);

  [[nodiscard]] controller::Result reconcile(const kubernetes::ObjectKey& key, std::stop_token stop) override;
  // For ControllerSettings::on_error.
  void report_failure(const kubernetes::ObjectKey& key, const base::Error& error);

  // How it stands with this server's images: empty: what was looked at is attached; else what failed. Nullopt: nothing
  // of it was to be attached since this process leads. Thread-safe.
  [[nodiscard]] std::optional<std::string> standing(const std::string& server) const;

 private:
  struct Target;
  // Of one server.
  struct Standing {
    std::set<kubernetes::ObjectKey> failing;
    std::string why;  // the last failure
    base::SteadyTime rests_until{};
  };

  [[nodiscard]] std::optional<base::SteadyTime::duration> rest_of(const std::string& server) const;
  void attach(const Target& target, const std::string& report, const std::stop_token& stop);
  [[nodiscard]] std::string envelope_of(const crds::ImageReport& report, const Target& target);
  void forget(const kubernetes::ObjectKey& key);
  // Changes what is known of the server.
  template <typename Change>
  void note(const std::string& server, Change&& change);

  Surroundings with_;
  base::Guarded<std::map<std::string, Standing>> standings_;  // by server
};

}  // namespace pratique_operator::reconcilers

// Keeps the statuses of all policies and exceptions: they depend on everything that runs, so they are computed
// together.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crds/image_report.h"
#include "crds/image_scan.h"
#include "kubernetes/api_client.h"
#include "kubernetes/store.h"
#include "operator/controller/reconciler.h"
#include "operator/reconcilers/running_workloads.h"

namespace pratique_operator::reconcilers {

// One key, one worker; looks once a minute, and sooner when it is asked to, but works at most a tenth of the time: what
// takes long is done more seldom. It holds the findings of one namespace at a time. A look that is asked to stop throws
// base::NetworkError and writes no more.
class RuleStatusReconciler final : public controller::Reconciler {
 public:
  struct Surroundings {  // borrowed
    RunningView running;
    const kubernetes::Store<crds::ImageReport>& reports;
    const kubernetes::Store<KnownRow>& rows;
    kubernetes::ApiClient& api;
    const base::Clock& clock;
  };
  explicit RuleStatusReconciler(Surroundings surroundings) : with_(std::move(surroundings)) {}

  [[nodiscard]] controller::Result reconcile(const kubernetes::ObjectKey& key, std::stop_token stop) override;

 private:
  [[nodiscard]] std::optional<PlatformResult> result_of(const crds::ScannedPlatform& platform) const;
  // Policies of the cluster, and those of each namespace.
  struct Policies {
    std::vector<std::shared_ptr<const crds::ScanPolicy>> all;
    std::map<std::string, std::vector<std::size_t>> by_namespace;  // places in `all`; of the cluster's: empty
  };
  struct Tallies {
    std::vector<PolicyTally> of_policies;  // as Policies::all
    KnownOfFindings known;
  };
  [[nodiscard]] Policies list_policies() const;
  [[nodiscard]] Tallies replay(const Policies& policies, base::SystemTime now, const std::stop_token& stop) const;
  void write_policies(const std::stop_token& stop);
  void write_status(const crds::ScanPolicy& policy, crds::ScanPolicyStatus status);
  void write_exceptions(const std::stop_token& stop);

  Surroundings with_;
  base::SteadyTime rests_until_{};
};

}  // namespace pratique_operator::reconcilers

// Keeps the statuses of all policies and exceptions: they depend on everything that runs, so they are computed
// together.
#pragma once

#include <optional>

#include "base/clock.h"
#include "crds/image_report.h"
#include "crds/image_scan.h"
#include "kubernetes/api_client.h"
#include "kubernetes/store.h"
#include "operator/controller/reconciler.h"
#include "operator/reconcilers/running_workloads.h"

namespace pratique_operator::reconcilers {

// One key, one worker; looks once a minute, and sooner when it is asked to, but works at most a tenth of the time: what
// takes long is done more seldom. A look that is asked to stop throws base::NetworkError and writes no more.
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
  void write_policies(const std::stop_token& stop);
  void write_exceptions(const std::stop_token& stop);

  Surroundings with_;
  base::SteadyTime rests_until_{};
};

}  // namespace pratique_operator::reconcilers
